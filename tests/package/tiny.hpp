// SPDX-License-Identifier: Apache-2.0
// A network file of an outside project: needs only define.hpp and the target Lamina::define.
#pragma once

#include <lamina/define.hpp>

struct tiny {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        auto x = net.input("image", {1, 3, 8, 8})
            | conv2d{"conv1", {.out = 4, .kernel = 3, .pad = 1}}
            | relu{};
        net.output("scores", x | global_avg_pool{});
    }
};
