// SPDX-License-Identifier: Apache-2.0
// The part of a tensor that slice, split and chunk extract.
#pragma once
#include <lamina/graph/rules.hpp>

namespace lamina {

/// Elements first, first + step, ... (`extent` of them) of one axis; the caller has checked.
constexpr tensor apply_slice(
    const tensor& x, const subject& who, int axis, int first, int extent, int step = 1) {
    if (extent == x.dims[axis] && step == 1) return x;
    node made;
    made.kind = op::slice;
    made.type = x.type;
    made.inputs = {x.id};
    made.dims = x.dims;
    made.dims.at(axis) = extent;
    made.attr.starts[axis] = first;
    made.attr.steps[axis] = step;
    return network_of(x).add(who, made);
}

}  // namespace lamina
