// SPDX-License-Identifier: Apache-2.0
// The coordinates of elements that are not 0, as many as a fixed number of them.
#pragma once
#include <lamina/graph/rules.hpp>

namespace lamina {

/// What nonzero gives: `const auto [places, count] = x | nonzero{100};`
struct nonzero_result {
    tensor places;  ///< i32 [most, rank]
    tensor count;   ///< i32, a scalar: how many rows of places are used
};

/// Where the first `most` elements that are not 0 lie, in row-major order: a row of coordinates each, -1 in
/// those left over. Of a comparison these are the elements for which it holds.
///
/// Shapes   any, any element type -> [most, rank] and a scalar, both i32.
/// Errors   LAM-01 a scalar; LAM-08 most is below 1.
/// Cost     one work-item, or one work-group, goes through the input.
/// Source   torch.nonzero, ONNX NonZero (which has the transpose). Differs: the size is fixed, and elements
///          beyond it are left out.
struct nonzero {
    subject who;
    whole most;
    constexpr nonzero(whole m, std::source_location where = std::source_location::current())
        : who{"nonzero", {}, where}, most(m) {}
};
constexpr nonzero_result operator|(const tensor& x, const nonzero& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    int most = layer.most;
    if (most < 1) {
        net.report(problem_id::option_range, who, "most is ", most, "; write at least 1");
        most = 1;
    }
    if (!x.dims.rank)
        net.report(problem_id::shape_rank, who,
            "the input is a scalar, which has no coordinates; unsqueeze it first");
    node made;
    made.kind = op::nonzero;
    made.type = dtype::i32;
    made.inputs = {x.id};
    made.dims = {most, x.dims.rank ? x.dims.rank : 1};
    const tensor places = net.add(who, made);
    return {places, net.add_further(who, places, {}, dtype::i32)};
}

}  // namespace lamina
