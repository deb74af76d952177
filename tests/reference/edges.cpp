// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch at the ends of the range of floats: every function of one value, and
// layers that look at many, on NaN, infinities, the largest and the smallest numbers.
#include "support/edges.hpp"

using namespace lamina;

TEST_CASE("reference: functions give PyTorch's values at the ends of the range") {
    if (!lamina_test::has_source_file(lamina_test::edges_file)) return;
    const network net = lamina_test::sound_network([](network& made) {
        const tensor x = made.input("x", {96});
        for (const lamina_test::edge_function& f : lamina_test::edge_functions())
            made.output(f.name, f.of(x));
    });
    const std::vector<float> x = lamina_test::recorded_edges("x");
    for (const auto& [name, found] : lamina_test::run_on_reference(net, {{"x", x}})) {
        const std::vector<float> expected = lamina_test::recorded_edges(name);
        REQUIRE(found.size() == expected.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            // A rounding of the scalars to float and one of the result.
            const std::string mistake = lamina_test::edge_mistake(found[i], expected[i], 3e-7);
            CHECK_MESSAGE(mistake.empty(), name, " of ", x[i], " is ", mistake);
        }
    }
}

TEST_CASE("reference: layers that look at many values give PyTorch's") {
    for (const lamina_test::edge_case& of : lamina_test::edge_cases()) {
        INFO(std::string(of.name));
        const auto outputs
            = lamina_test::run_on_reference(lamina_test::sound_network(of.define), of.inputs);
        REQUIRE(outputs.size() == of.outputs.size());
        for (std::size_t k = 0; k < outputs.size(); ++k) {
            const auto& [name, found] = outputs[k];
            REQUIRE(name == of.outputs[k].first);
            REQUIRE(found.size() == of.outputs[k].second.size());
            for (std::size_t i = 0; i < found.size(); ++i) {
                const std::string mistake
                    = lamina_test::edge_mistake(found[i], of.outputs[k].second[i], 1e-6, 1e-7);
                CHECK_MESSAGE(mistake.empty(), name, " ", i, " is ", mistake);
            }
        }
    }
}
