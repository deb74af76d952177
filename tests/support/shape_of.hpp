// SPDX-License-Identifier: Apache-2.0
// Shapes and problems of small definitions, for tests of layers: shape_of({1, 3, 8, 8}, [](auto x)
// { return x | relu{}; }). Works in static_assert and at run time.
#pragma once
#include <lamina/define.hpp>

namespace lamina::test {

/// The shape of what has a problem: no tensor has 7 axes.
inline constexpr shape no_shape{0, 0, 0, 0, 0, 0, 0};

/// What a layer makes of an input; no_shape if it has a problem.
template <class Layers> constexpr shape shape_of(shape in, Layers layers, dtype type = dtype::f32) {
    network net;
    const shape out = layers(net.input("x", in, type)).dims;
    return net.problems.empty() ? out : no_shape;
}

/// The ids of the problems, the first one in the highest digits: 203 is LAM-02, then LAM-03.
template <class Layers>
constexpr int problems_of(shape in, Layers layers, dtype type = dtype::f32) {
    network net;
    layers(net.input("x", in, type));
    int ids = 0;
    for (const problem& p : net.problems) ids = ids * 100 + static_cast<int>(p.id);
    return ids;
}

/// The whole graph, to look at its nodes.
template <class Layers>
constexpr network graph_of(shape in, Layers layers, dtype type = dtype::f32) {
    network net;
    net.output("y", layers(net.input("x", in, type)));
    return net;
}

}  // namespace lamina::test
