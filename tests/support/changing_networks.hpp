// SPDX-License-Identifier: Apache-2.0
// Small networks of which a dim changes, or none, for tests of shapes.
#pragma once
#include <lamina/define.hpp>

#include <vector>

namespace lamina_test {

/// Its constant depends on the dim, so that each shape has weights of its own.
struct with_ramp {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        const int n = net.dim("n", {.min = 2, .opt = 4, .max = 9});
        std::vector<float> ramp;
        for (int i = 0; i < n; ++i)
            ramp.push_back(static_cast<float>(i + 1) / static_cast<float>(n));
        const auto x = net.input("x", {n, 4});
        net.output("y", (x | linear{"fc", 16}) * net.constant(ramp, {n, 1}));
    }
};

/// Adds up rows over the runs of a context.
struct counting {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        const int rows = net.dim("rows", {.max = 8});
        auto x = net.input("x", {rows, 4});
        auto sum = net.state("sum", {4});
        sum = update(sum, sum + (x | reduce_sum{0}));
        net.output("sum", sum | relu{});
    }
};

/// Has no dims.
struct plain {
    static constexpr void define(lamina::network& net) {
        net.output("y", net.input("x", {4}) | lamina::relu{});
    }
};

}  // namespace lamina_test
