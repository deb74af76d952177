// SPDX-License-Identifier: Apache-2.0
#include "support/planned.hpp"

#include <doctest/doctest.h>

using namespace lamina_test;

namespace {

/// A dense block that names all its parts in each concat.
void dense_block(network& net, int width, int axis = 1) {
    std::vector<tensor> parts{
        net.input("x", {2, width, 9, 7}) | conv2d{"first", {.out = width, .kernel = 3, .pad = 1}}};
    for (const char* at : {"a", "b", "c"})
        parts.push_back((parts.size() == 1 ? parts[0] : concat(parts, axis))
            | conv2d{at, {.out = width, .kernel = 3, .pad = 1}}
            | relu{});
    net.output("y", concat(parts, axis) | conv2d{"last", {.out = 16}});
}

long copies(const planner::module& m) {
    return std::count_if(
        m.steps.begin(), m.steps.end(), [](const planner::step& s) { return s.is_copy; });
}

}  // namespace

TEST_CASE("nest_concats: parts that several concats begin with are written once") {
    for (const lamina::target& target : {cpu, cpu_avx2, gpu}) {
        network net;
        dense_block(net, 16);
        const planner::module m = planned(net, target);
        INFO(std::string(target.label()));
        CHECK(copies(m) == 2);  // of the input and the output
        CHECK(m.steps.size() == 5 + 2);
    }
}

TEST_CASE("nest_concats: other concats stay as they are") {
    const auto inputs_of = [](auto define) {
        network net;
        define(net);
        const planner::module m = planned(net, cpu);
        std::vector<std::size_t> counts;
        for (const planner::fusion_group& w : m.groups)
            if (w.kind == op::concat) counts.push_back(w.inputs.size());
        return counts;
    };
    const auto conv = [](tensor x, const char* at) {
        return x | conv2d{at, {.out = 16, .kernel = 3, .pad = 1}};
    };
    using counts = std::vector<std::size_t>;
    CHECK(inputs_of([](network& net) { dense_block(net, 16); }) == counts{2, 2, 2});
    // Widths that fill no block of 16.
    CHECK(inputs_of([](network& net) { dense_block(net, 12); }) == counts{2, 3, 4});
    // Another order, another axis, and no input more.
    CHECK(inputs_of([&](network& net) {
        const auto x = net.input("x", {1, 16, 8, 8});
        const auto a = conv(x, "a"), b = conv(x, "b"), c = conv(x, "c");
        net.output("ab", concat({a, b}) | global_avg_pool{});
        net.output("bac", concat({b, a, c}) | global_avg_pool{});
        net.output("high", concat({a, b, c}, 2) | global_avg_pool{});
        net.output("again", concat({a, b}) | global_max_pool{});
    }) == counts{2, 3, 3, 2});
}
