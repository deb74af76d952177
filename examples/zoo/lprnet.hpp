// SPDX-License-Identifier: Apache-2.0
// LPRNet: the characters of a number plate.
//
// Task     text recognition (number plates)
// Source   Zherzdev and Gruzdev 2018; weights named as sirius-ai/LPRNet_Pytorch, whose pools skip every second or
//          fourth channel; torch_rewritten_misc.py has this one.
#pragma once
#include <lamina/define.hpp>

namespace zoo {
using namespace lamina;

/// 1x1, 3x1, 1x3 and 1x1 with relu between them.
constexpr tensor lpr_block(tensor x, name at, int out) {
    const int few = out / 4;
    const name block = at / "block";
    return x
        | conv2d{block / 0, {.out = few, .bias = true}}
    | relu{}
    | conv2d{block / 2, {.out = few, .kernel = {3, 1}, .pad = {1, 0}, .bias = true}}
    | relu{}
    | conv2d{block / 4, {.out = few, .kernel = {1, 3}, .pad = {0, 1}, .bias = true}}
    | relu{}
    | conv2d{block / 6, {.out = out, .bias = true}};
}

/// A 3x3 pool of every `step`-th channel.
constexpr tensor lpr_pool(tensor x, int step, pair stride) {
    const auto few = step == 1 ? x : x | slice{1, {.step = step}};
    return few | max_pool{{.kernel = 3, .stride = stride}};
}

/// x over the mean of its squares, each picture's.
constexpr tensor over_power(tensor x) { return x / ((x * x) | reduce_mean{{1, 2, 3}, true}); }

/// Input "plates" Nx3x24x94, BGR, (value - 127.5) / 128; output "characters" NxCLASSESx18 before softmax.
template <int Classes = 68, int Batch = 1> struct lprnet {
    static constexpr void define(network& net, shape plates = {Batch, 3, 24, 94}) {
        const name backbone = "backbone";
        const auto normed
            = [&](tensor x, int at) { return x | batch_norm{backbone / at} | relu{}; };
        auto x = normed(net.input("plates", plates)
                | conv2d{backbone / 0, {.out = 64, .kernel = 3, .bias = true}},
            1);
        const auto first = x;
        x = normed(lpr_block(lpr_pool(x, 1, 1), backbone / 4, 128), 5);
        const auto second = x;
        x = normed(lpr_block(lpr_pool(x, 2, {1, 2}), backbone / 8, 256), 9);
        x = normed(lpr_block(x, backbone / 11, 256), 12);
        const auto third = x;
        x = lpr_pool(x, 4, {1, 2})
            | conv2d{backbone / 16, {.out = 256, .kernel = {1, 4}, .bias = true}};
        x = normed(x, 17)
            | conv2d{backbone / 20, {.out = Classes, .kernel = {13, 1}, .bias = true}};
        x = normed(x, 21);
        const auto small = [](tensor y) { return y | avg_pool{{.kernel = 5, .stride = 5}}; };
        const auto all = concat({over_power(small(first)), over_power(small(second)),
            over_power(third | avg_pool{{.kernel = {4, 10}, .stride = {4, 2}}}), over_power(x)});
        x = all | conv2d{name("container") / 0, {.out = Classes, .bias = true}};
        net.output("characters", x | reduce_mean{{2}});
    }
};

}  // namespace zoo
