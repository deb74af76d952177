// EXPECT: wrong_network.cpp:12: add: operands 1x32x16x16 (conv2d 'conv1', line 10) and 1x32x32x32 (conv2d 'downsample', line 11) do not broadcast
// SPDX-License-Identifier: Apache-2.0
// The README's wrong network: the shortcut lacks the stride of the main branch. Must not compile.
#include <lamina/plan.hpp>
using namespace lamina;
// [network]
struct wrong_network {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 16, 32, 32});
        auto y = x | conv2d{"conv1", {.out = 32, .kernel = 3, .stride = 2, .pad = 1}};
        auto shortcut = x | conv2d{"downsample", {.out = 32}};
        net.output("y", add(y, shortcut) | relu{});
    }
};
// [/network]
constexpr auto& bytes = lamina::plan<wrong_network>;
