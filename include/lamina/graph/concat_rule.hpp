// SPDX-License-Identifier: Apache-2.0
// The node of concat and of layers that end in one.
#pragma once
#include <lamina/graph/rules.hpp>

namespace lamina {

/// Tensors joined along an axis. Errors   LAM-09, LAM-11, LAM-16, LAM-17.
constexpr tensor apply_concat(
    const tensor* parts, std::size_t count, int axis, const subject& who) {
    if (count == 0) this_tensor_was_never_made_by_input_or_a_layer();
    network& net = network_of(parts[0]);
    node made;
    made.kind = op::concat;
    made.type = parts[0].type;
    made.dims = parts[0].dims;
    axis = axis_of(net, who, made.dims, axis);
    made.attr.axis = axis;
    std::int64_t extent = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const tensor& part = parts[i];
        if (!needs_owned(net, who, part, static_cast<int>(i) + 1)) continue;
        if (part.type != made.type)
            net.report(problem_id::dtype_mismatch, who, "operand ", static_cast<int>(i) + 1, " (",
                maker_text(net, part, who), ") is ", to_text(part.type), ", the first one (",
                maker_text(net, parts[0], who), ") is ", to_text(made.type),
                "; concat needs one element type");
        shape other = part.dims;
        if (axis < other.rank) other.at(axis) = made.dims[axis];
        if (!(other == made.dims)) {
            net.report(problem_id::concat_shape, who, "operand ", static_cast<int>(i) + 1, " (",
                maker_text(net, part, who), ") is ", to_text(part.dims), ", the first one (",
                maker_text(net, parts[0], who), ") is ", to_text(parts[0].dims), "; all axes but ",
                axis, " must agree, check stride and padding of each");
            continue;
        }
        extent += part.dims[axis];
        made.inputs.push_back(part.id);
    }
    made.dims.at(axis) = to_extent(extent);
    return net.add(who, made);
}

}  // namespace lamina
