// SPDX-License-Identifier: Apache-2.0
// op::where on the CPU: elements of one tensor where a condition holds, of another elsewhere.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/row.hpp>
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

inline void where(const node& n, const operands& in, reference_tensor& out) {
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const bool holds = in[0].indices[flat_broadcast(in[0].dims, n.dims, at)];
        const reference_tensor& from = in[holds ? 1 : 2];
        copy_element(from, flat_broadcast(from.dims, n.dims, at), out, index);
    });
}

/// That of the element that was taken. Nothing is known of it where the condition is uncertain.
inline void where_spread(
    const node& n, const operands& in, const arithmetic&, reference_tensor& out) {
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const std::size_t asked = flat_broadcast(in[0].dims, n.dims, at);
        const reference_tensor& from = in[in[0].indices[asked] ? 1 : 2];
        out.spread[index] = in[0].spread[asked] > 0
            ? unknown
            : from.spread[flat_broadcast(from.dims, n.dims, at)];
    });
}

inline constexpr reference_row where_row{op::where, where, where_spread};

}  // namespace lamina::reference_op
