// SPDX-License-Identifier: Apache-2.0
// The only file of these tests that compiles the reference and a weights reader: that takes long.
#include "torch_reference.hpp"

#include "near.hpp"
#include "torch_goldens.hpp"

#include <doctest/doctest.h>

#include <set>

namespace lamina_test {

void check_against_torch(std::span<const torch_case> cases) {
    REQUIRE(!cases.empty());
    if (!has_source_file(goldens_file)) return;
    for (const torch_case& of : cases) {
        INFO(std::string(of.name));
        lamina::network net;
        of.define(net);
        for (const lamina::problem& found : net.problems)
            FAIL_CHECK(std::string(full_sentence(found).view()));
        if (!net.problems.empty()) continue;

        const lamina::reference oracle(net, golden_weights(of));
        const auto values = oracle.run(golden_inputs(of));
        const lamina::reference_tensor& found = oracle.output(values, "output");
        lamina::reference_tensor expected = golden_output(of);
        // The file has whole numbers of any type, truth values too, as ints.
        if (expected.type == lamina::dtype::i32 && is_integer(found.type))
            expected.type = found.type;
        CHECK(
            std::string(to_text(found.dims).view()) == std::string(to_text(expected.dims).view()));
        CHECK(found.type == expected.type);
        const difference off = is_integer(expected.type)
            ? same(found.indices, expected.indices)
            : near(found.values, expected.values, reference_tolerance);
        CHECK_MESSAGE(off.is_near, off.what);
    }
}

void check_goldens_are_complete() {
    if (!has_source_file(goldens_file)) return;
    std::set<std::string> wanted;
    for (const torch_case& of : torch_cases()) {
        INFO(std::string(of.name));
        lamina::network net;
        of.define(net);
        const std::string prefix = of.name + std::string("/");
        CHECK(wanted.insert(prefix + "output").second);
        for (const lamina::node& n : net.nodes)
            if (n.kind == lamina::op::input) wanted.insert(prefix + std::string(n.at.view()));
        for (const lamina::parameter& p : net.parameters)
            wanted.insert(prefix + "param/" + std::string(p.at.view()));
    }
    for (const std::string& name : wanted) CHECK_MESSAGE(goldens().find(name), name);
    for (const lamina::weight_view& tensor : goldens().all())
        CHECK_MESSAGE(wanted.count(std::string(tensor.name)) == 1, std::string(tensor.name));
}

}  // namespace lamina_test
