// SPDX-License-Identifier: Apache-2.0
// The diagonal of two axes.
#pragma once
#include <lamina/graph/diagonal_rule.hpp>

namespace lamina {

struct diagonal_options {
    whole offset = 0;          ///< above 0: a diagonal above the main one; below 0: below it
    whole dim1 = 0, dim2 = 1;  ///< the axes of rows and of columns
};

/// Elements [i, i + offset] of two axes: `diagonal{}`, `diagonal{{.offset = 1, .dim1 = -2, .dim2 = -1}}`.
///
/// Shapes   the two axes go, and their diagonal is the last axis: of HxW min(H, W) elements for offset 0, none
///          where the offset is outside.
/// Errors   LAM-01 fewer than two axes; LAM-08 dim1 and dim2 are one axis; LAM-11 an axis.
/// Cost     at most a copy of x.
/// Source   torch.diagonal. Differs: a copy, not a view.
struct diagonal {
    subject who;
    diagonal_options options;
    constexpr diagonal(std::source_location where = std::source_location::current())
        : who{"diagonal", {}, where} {}
    constexpr diagonal(
        diagonal_options o, std::source_location where = std::source_location::current())
        : who{"diagonal", {}, where}, options(o) {}
};

constexpr tensor operator|(const tensor& x, const diagonal& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    if (x.dims.rank < 2) {
        net.report(problem_id::shape_rank, who, "input ", to_text(x.dims),
            " has fewer than two axes; a diagonal needs rows and columns");
        return x;
    }
    const int first = axis_of(net, who, x.dims, layer.options.dim1);
    const int second = axis_of(net, who, x.dims, layer.options.dim2);
    if (first == second) {
        net.report(problem_id::option_range, who, "dim1 ", layer.options.dim1, " and dim2 ",
            layer.options.dim2, " are the same axis of input ", to_text(x.dims),
            "; name the axes of rows and of columns");
        return x;
    }
    return apply_diagonal(x, who, first, second, layer.options.offset);
}

}  // namespace lamina
