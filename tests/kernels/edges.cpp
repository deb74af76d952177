// SPDX-License-Identifier: Apache-2.0
// Kernels against PyTorch at the ends of the range of floats, on every target: vectors of 16, 8 and 4
// lanes and single numbers, tails of vectors and of blocks, both storages. The reference is held
// against the same numbers in tests/reference/edges.cpp.
#include "support/edges.hpp"

using namespace lamina;
using lamina_test::edge_mistake;

namespace {

/// The recorded inputs as a network has them, `count` numbers in all: what is missing repeats.
std::vector<float> stretched(const std::vector<float>& from, std::size_t count) {
    std::vector<float> out(count);
    for (std::size_t i = 0; i < count; ++i) out[i] = from[i % from.size()];
    return out;
}

std::string described(const lamina::target& target) {
    return std::string(target.label()) + (target.stores_floats() ? "" : " in ")
        + std::string(target.stores_floats() ? "" : to_text(target.numbers.storage));
}

/// Two units in the last place of storage of 16 bits.
double relative_of(dtype storage) { return storage == dtype::f16 ? 1e-3 : 8e-3; }

void check_functions(void (*define)(network&), const lamina::target& target) {
    if (!lamina_test::has_source_file(lamina_test::edges_file)) return;
    INFO(described(target));
    const network net = lamina_test::sound_network(define);
    const auto count = static_cast<std::size_t>(net.nodes[0].dims.count());
    const std::vector<float> x = stretched(lamina_test::recorded_edges("x"), count);
    const dtype storage = target.numbers.storage;
    const bool narrow = storage != dtype::f32;
    const auto outputs = lamina_test::run_on_device(net, target, {{"x", x}});
    // Storage of 16 bits may round the inputs too, of a pool for one: then the reference is asked.
    std::vector<float> rounded = x;
    for (float& value : rounded) value = lamina_test::to_storage_and_back(value, storage);
    const bool pools = net.nodes[1].kind == op::pool;
    const auto of_rounded = narrow && pools ? lamina_test::run_on_reference(net, {{"x", rounded}})
                                            : lamina_test::named_values();
    for (const lamina_test::edge_function& f : lamina_test::edge_functions())
        for (std::size_t k = 0; k < outputs.size(); ++k) {
            const auto& [name, found] = outputs[k];
            if (name != f.name) continue;
            const std::vector<float> all = of_rounded.empty()
                ? stretched(lamina_test::recorded_edges(name), count)
                : of_rounded[k].second;
            REQUIRE(found.size() == count);
            for (std::size_t i = 0; i < count; ++i) {
                const double size = std::fmax(1, std::fmin(std::fabs(x[i]), 100));
                const double absolute = std::fmax(f.absolute * size, narrow ? 6e-8 : 0);
                const float expected = lamina_test::to_storage_and_back(all[i], storage);
                const std::string mistake = edge_mistake(
                    found[i], expected, narrow ? relative_of(storage) : f.relative, absolute);
                CHECK_MESSAGE(mistake.empty(), name, " of ", x[i], " (", i, ") is ", mistake);
            }
        }
}

/// A row of numbers: vectors of 16 lanes, of 4 on gpu.
void row(network& net) {
    const tensor x = net.input("x", {96});
    for (const lamina_test::edge_function& f : lamina_test::edge_functions())
        net.output(f.name, f.of(x));
}
/// One that no vector divides.
void odd_row(network& net) {
    const tensor x = net.input("x", {97});
    for (const lamina_test::edge_function& f : lamina_test::edge_functions())
        net.output(f.name, f.of(x));
}
/// Blocks of channels, the last one not full, and half of them behind a pool.
void image(network& net) {
    const tensor x = net.input("x", {2, 51, 1, 1});
    for (const lamina_test::edge_function& f : lamina_test::edge_functions())
        net.output(f.name, f.of(x | max_pool{{.kernel = 1}}));
}

}  // namespace

TEST_CASE("functions give PyTorch's values at the ends of the range, in rows") {
    check_functions(row, cpu);
    check_functions(row, gpu);
    check_functions(odd_row, cpu);
    check_functions(row, cpu.half());
    check_functions(row, cpu.bf16());
    check_functions(odd_row, gpu.bf16());
}

TEST_CASE("functions give PyTorch's values at the ends of the range, in blocks of channels") {
    check_functions(image, cpu);
    check_functions(image, cpu_avx2);
    check_functions(image, cpu_neon);
    check_functions(image, gpu);
    check_functions(image, cpu_avx2.half());
    check_functions(image, cpu_neon.bf16());
}

TEST_CASE("layers that look at many values give PyTorch's at the ends of the range") {
    for (const lamina::target& target : {cpu, cpu_avx2, cpu_neon, gpu, cpu.half(), cpu_neon.half(),
             gpu.half(), cpu.bf16(), gpu.bf16()}) {
        const bool narrow = !target.stores_floats();
        const double off = narrow ? relative_of(target.numbers.storage) : 1e-6;
        for (const lamina_test::edge_case& of : lamina_test::edge_cases()) {
            const std::string name = of.name;
            INFO(described(target), ": ", name);
            // In 16 bits the great numbers are infinities.
            if (narrow && name.starts_with("log_softmax")) continue;
            const auto outputs = lamina_test::run_on_device(
                lamina_test::sound_network(of.define), target, of.inputs);
            REQUIRE(outputs.size() == of.outputs.size());
            for (std::size_t k = 0; k < outputs.size(); ++k) {
                const auto& [output, found] = outputs[k];
                const std::vector<float>& expected = of.outputs[k].second;
                REQUIRE(output == of.outputs[k].first);
                REQUIRE(found.size() == expected.size());
                for (std::size_t i = 0; i < found.size(); ++i) {
                    const std::string mistake = edge_mistake(found[i], expected[i], off, off);
                    CHECK_MESSAGE(mistake.empty(), output, " ", i, " is ", mistake);
                }
            }
        }
    }
}
