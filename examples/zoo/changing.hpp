// SPDX-License-Identifier: Apache-2.0
// Any network of the zoo with a batch and sizes that change while the program runs:
// `plan<zoo::changing<zoo::resnet<50>, zoo::changes{.batch = {.max = 8}}>>`. docs/guide/shapes.md.
#pragma once
#include <lamina/define.hpp>

namespace zoo {

/// What changes of a network's first input, and between what; without a max it stays as the network has it.
struct changes {
    lamina::dim_options batch = {};   ///< axis 0
    lamina::dim_options height = {};  ///< axis 2 of four
    lamina::dim_options width = {};   ///< axis 3
    lamina::dim_options length = {};  ///< of tokens or frames, along length_axis
    int length_axis = 1;
};

/// Dims of the first input, of which some are dims of the network: "batch", "height", "width", "length".
constexpr lamina::shape changing_input(
    lamina::network& net, lamina::shape usual, const changes& wanted) {
    const auto change = [&](int axis, const char* called, const lamina::dim_options& range) {
        if (range.max && axis < usual.rank) usual.at(axis) = net.dim(called, range);
    };
    change(0, "batch", wanted.batch);
    change(2, "height", wanted.height);
    change(3, "width", wanted.width);
    change(wanted.length_axis, "length", wanted.length);
    return usual;
}

/// The dims of a network's first input as the network has them.
template <class Net> constexpr lamina::shape usual_input() {
    lamina::network net;
    Net::define(net);
    return net.nodes[0].dims;
}

/// A network whose define() takes the dims of its first input. What it cannot be, such as a picture whose sides
/// are no multiples of 32, is a compile error with the values: give the dim a step.
template <class Net, changes Wanted> struct changing {
    static constexpr lamina::shape usual = usual_input<Net>();
    static constexpr void define(lamina::network& net) {
        Net::define(net, changing_input(net, usual, Wanted));
    }
};

}  // namespace zoo
