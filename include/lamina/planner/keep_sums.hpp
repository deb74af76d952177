// SPDX-License-Identifier: Apache-2.0
// In plans of 16 bits the sums of powers and of other terms become steps of floats, as PyTorch's autocast has them:
// the squares of a norm leave the range of a half (65504) soon.
#pragma once
#include <lamina/planner/fold.hpp>

namespace lamina::planner {

/// True for a reduction that adds up or multiplies.
constexpr bool is_sum(const module& m, const fusion_group& w) {
    if (w.kind != op::reduce) return false;
    const auto kind = static_cast<reduce_kind>(m.net->nodes[at(w.anchor)].attr.kind);
    return kind != reduce_kind::max && kind != reduce_kind::min;
}
constexpr bool is_average_pool(const module& m, const fusion_group& w) {
    return w.kind == op::pool
        && static_cast<pool_kind>(m.net->nodes[at(w.anchor)].attr.kind) == pool_kind::average;
}
/// True for steps that raise their result to a power.
constexpr bool has_power(const fusion_group& w) {
    for (const pointwise_op& each : w.epilogue)
        if (each.kind == function::square || each.kind == function::pow_scalar) return true;
    return false;
}

/// What reads a value, also through views.
inline constexpr unsigned char read_by_sum = 1, read_by_pointwise = 2, read_by_others = 4;
/// Of each value these, together.
constexpr dynamic_array<unsigned char> find_readers(const module& m) {
    dynamic_array<unsigned char> readers(m.net->nodes.size(), 0);
    for (int i = static_cast<int>(m.groups.size()) - 1; i >= 0; --i) {
        const fusion_group& w = m.groups[at(i)];
        const unsigned char by = is_view(w.kind)    ? readers[at(w.output)]
            : is_sum(m, w) || is_average_pool(m, w) ? read_by_sum
            : is_pointwise(w.kind)                  ? read_by_pointwise
                                                    : read_by_others;
        for (const int value : w.inputs) readers[at(value)] |= by;
        for (const operand& o : w.operands)
            if (o.value >= 0)
                readers[at(o.value)] |= is_pointwise(w.kind) ? read_by_pointwise : read_by_others;
    }
    return readers;
}

/// Sums and average pools keep floats if they alone read their input and it is a term: what a pointwise step
/// computes, or a power in which another step ends. What such a step stores is float then (half_care.hpp).
constexpr void keep_sums(module& m, const lamina::target& target) {
    if (target.stores_floats()) return;
    const dynamic_array<unsigned char> readers = find_readers(m);
    dynamic_array<char> is_term(readers.size(), false);
    for (fusion_group& w : m.groups) {
        const bool reads_term = !w.inputs.empty() && is_term[at(w.inputs[0])];
        is_term[at(w.output)] = is_view(w.kind)
            ? reads_term
            : readers[at(w.output)] == read_by_sum && (is_pointwise(w.kind) || has_power(w));
        if (reads_term && w.kept == dtype::other && (is_sum(m, w) || is_average_pool(m, w)))
            w.kept = dtype::f32;
    }
}

}  // namespace lamina::planner
