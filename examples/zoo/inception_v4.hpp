// SPDX-License-Identifier: Apache-2.0
// Inception v4: as v3, with one kind of block for each size of image.
//
// Task     classification (ImageNet)
// Source   Szegedy et al. 2016, figures 3 to 9; timm's inception_v4.
#pragma once
#include "blocks/conv.hpp"

#include <initializer_list>
#include <vector>

namespace zoo {

/// What a branch is made of: convolutions one after another.
struct inception_part {
    int out;
    pair kernel = 1;
    int stride = 1;
    bool padded = true;
};

constexpr tensor inception_v4_conv(tensor x, name at, const inception_part& p) {
    conv2d_options o{.out = p.out, .kernel = p.kernel, .stride = p.stride};
    if (p.padded && p.stride == 1) o.pad = {p.kernel.h / 2, p.kernel.w / 2};
    return conv_bn_relu(x, at, o);
}

constexpr tensor inception_v4_branch(
    tensor x, name at, std::initializer_list<inception_part> parts) {
    int number = 0;
    for (const inception_part& p : parts)
        x = inception_v4_conv(x, parts.size() == 1 ? at : at / number++, p);
    return x;
}

constexpr tensor inception_v4_mean(tensor x, name at, int out) {
    const auto mean
        = x | avg_pool{{.kernel = 3, .stride = 1, .pad = 1, .count_include_pad = false}};
    return inception_v4_conv(mean, at / 1, {out});
}

constexpr tensor inception_v4_largest(tensor x) { return x | max_pool{{.kernel = 3, .stride = 2}}; }

/// Figure 4: 35x35.
constexpr tensor inception_v4_a(tensor x, name at) {
    return concat({inception_v4_branch(x, at / "branch0", {{96}}),
        inception_v4_branch(x, at / "branch1", {{64}, {96, 3}}),
        inception_v4_branch(x, at / "branch2", {{64}, {96, 3}, {96, 3}}),
        inception_v4_mean(x, at / "branch3", 96)});
}

/// Figure 5: 17x17, with rows and columns of 7.
constexpr tensor inception_v4_b(tensor x, name at) {
    return concat({inception_v4_branch(x, at / "branch0", {{384}}),
        inception_v4_branch(x, at / "branch1", {{192}, {224, {1, 7}}, {256, {7, 1}}}),
        inception_v4_branch(
            x, at / "branch2", {{192}, {192, {7, 1}}, {224, {1, 7}}, {224, {7, 1}}, {256, {1, 7}}}),
        inception_v4_mean(x, at / "branch3", 128)});
}

/// Figure 6: 8x8, whose branches fork at their ends.
constexpr tensor inception_v4_c(tensor x, name at) {
    const auto conv = [&](tensor y, const char* part, const inception_part& p) {
        return inception_v4_conv(y, at / part, p);
    };
    const auto first = conv(x, "branch1_0", {384});
    const auto second = conv(
        conv(conv(x, "branch2_0", {384}), "branch2_1", {448, {3, 1}}), "branch2_2", {512, {1, 3}});
    return concat({conv(x, "branch0", {256}), conv(first, "branch1_1a", {256, {1, 3}}),
        conv(first, "branch1_1b", {256, {3, 1}}), conv(second, "branch2_3a", {256, {1, 3}}),
        conv(second, "branch2_3b", {256, {3, 1}}), inception_v4_mean(x, at / "branch3", 256)});
}

/// Input "image" Nx3xHxW; output "logits" Nx1000.
template <int Batch = 1, int Side = 299> struct inception_v4 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const name at = "features";
        auto x = inception_v4_conv(net.input("image", image), at / 0, {32, 3, 2});
        x = inception_v4_conv(x, at / 1, {32, 3, 1, false});
        x = inception_v4_conv(x, at / 2, {64, 3});
        x = concat({inception_v4_largest(x), inception_v4_conv(x, at / 3 / "conv", {96, 3, 2})});
        x = concat({inception_v4_branch(x, at / 4 / "branch0", {{64}, {96, 3, 1, false}}),
            inception_v4_branch(
                x, at / 4 / "branch1", {{64}, {64, {1, 7}}, {64, {7, 1}}, {96, 3, 1, false}})});
        x = concat({inception_v4_conv(x, at / 5 / "conv", {192, 3, 2}), inception_v4_largest(x)});
        for (int i = 6; i < 10; ++i) x = inception_v4_a(x, at / i);
        x = concat({inception_v4_branch(x, at / 10 / "branch0", {{384, 3, 2}}),
            inception_v4_branch(x, at / 10 / "branch1", {{192}, {224, 3}, {256, 3, 2}}),
            inception_v4_largest(x)});
        for (int i = 11; i < 18; ++i) x = inception_v4_b(x, at / i);
        x = concat({inception_v4_branch(x, at / 18 / "branch0", {{192}, {192, 3, 2}}),
            inception_v4_branch(
                x, at / 18 / "branch1", {{256}, {256, {1, 7}}, {320, {7, 1}}, {320, 3, 2}}),
            inception_v4_largest(x)});
        for (int i = 19; i < 22; ++i) x = inception_v4_c(x, at / i);
        net.output("logits", x | global_avg_pool{} | dense{"last_linear", 1000});
    }
};

}  // namespace zoo
