// SPDX-License-Identifier: Apache-2.0
// A block is a plain function, a family of networks a template: loops and ifs are the C++ that you
// know. The plan shows how batch_norm, add and relu vanish into the convolutions.
#include <lamina/lamina.hpp>

#include <cstdio>

using namespace lamina;

/// Two 3x3 convolutions and a shortcut. `at` is the block's name in the weights file ("layer1.0").
constexpr tensor basic_block(tensor x, name at, int out, int stride) {
    auto y = x
        | conv2d{at / "conv1", {.out = out, .kernel = 3, .stride = stride, .pad = 1}}
        | batch_norm{at / "bn1"}
        | relu{}
        | conv2d{at / "conv2", {.out = out, .kernel = 3, .pad = 1}}
        | batch_norm{at / "bn2"};

    if (stride != 1 || x.dims.c != out)
        x = x
            | conv2d{at / "downsample" / 0, {.out = out, .stride = stride}}
            | batch_norm{at / "downsample" / 1};

    return add(y, x) | relu{};
}

template <int Blocks> struct tower {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 16, 32, 32});
        for (int block = 0; block < Blocks; ++block)
            x = basic_block(x, name("layer1") / block, 32, block == 0 ? 2 : 1);
        x.expect({1, 32, 16, 16});
        net.output("features", x);
    }
};

// 17 nodes, 7 launches: two convolutions for each block, one for the first shortcut, and two that
// turn the rows of input and output into the plan's own order and back.
static_assert(plan<tower<2>>.nodes == 17 && plan<tower<2>>.steps == 7);
static_assert(plan<tower<2>>.reformats == 2);
static_assert(plan<tower<2>>.arena_bytes <= 128 * 1024);

int main() { std::fputs(plan_table(*plan_view::open(plan<tower<2>>, "tower")).c_str(), stdout); }
