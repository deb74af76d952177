// SPDX-License-Identifier: Apache-2.0
// Concatenation of tensors along an axis.
#pragma once
#include <lamina/graph/concat_rule.hpp>

#include <initializer_list>

namespace lamina {

/// Joins tensors along an axis: `concat({a, b, c})` joins channels.
///
/// Shapes   equal but for the axis, whose extents add up.
/// Errors   LAM-09 other axes differ; LAM-11 the axis; LAM-16 element types differ; LAM-17 a tensor
///          of another network.
/// Fuses with   whatever makes its operands: they write in place where the layout allows.
/// Cost     often none.
/// Source   torch.cat. Differs: the axis is 1 (channels) unless said; PyTorch's is 0.
constexpr tensor concat(std::initializer_list<tensor> parts, whole axis = 1,
    std::source_location where = std::source_location::current()) {
    return apply_concat(parts.begin(), parts.size(), axis, {"concat", {}, where});
}
constexpr tensor concat(const std::vector<tensor>& parts, whole axis = 1,
    std::source_location where = std::source_location::current()) {
    return apply_concat(parts.data(), parts.size(), axis, {"concat", {}, where});
}

}  // namespace lamina
