// SPDX-License-Identifier: Apache-2.0
// Which arrays of a tf32 plan are stored rounded to 11 bits: those that nothing but products reads. NVIDIA's
// wgmma takes factors from local memory and cuts their last bits off, errors of one sign that add up; a product
// that rounds them itself has to take them through registers, which costs it a fifth of its speed on an H100.
#pragma once
#include <lamina/planner/fuse_concats.hpp>
#include <lamina/planner/stage_data.hpp>
#include <lamina/planner/target.hpp>

namespace lamina::planner {

/// True if the step may round what it reads as factors: the first input of a convolution or linear layer, both of a
/// convolution that reads a concat's inputs. Steps that network::keep has in fp32 round nothing, nor do those with
/// weights in groups.
constexpr bool multiplies_input(const module& m, const step& s) {
    const bool is_product = s.kind == op::linear
        || ((s.kind == op::conv2d || s.kind == op::conv_transpose2d)
            && m.net->nodes[at(s.anchor)].attr.groups == 1);
    return is_product && s.numbers.multiply == product_rounding::tf32
        && !m.net->nodes[at(s.anchor)].rounded.bits;
}

/// True for max pools without an epilogue.
constexpr bool takes_largest(const module& m, const step& s) {
    if (s.kind != op::pool || !s.epilogue.empty()) return false;
    const auto kind = static_cast<pool_kind>(m.net->nodes[at(s.anchor)].attr.kind);
    return kind == pool_kind::max || kind == pool_kind::adaptive_max;
}

/// True if the step stores its output by the macros of the prelude, as floats.
constexpr bool rounds_output(const step& s) {
    const bool is_known = is_pointwise(s.kind) || s.kind == op::conv2d
        || s.kind == op::conv_transpose2d || s.kind == op::linear || s.kind == op::pool
        || s.kind == op::attention || s.kind == op::normalize;
    return is_known && !s.is_copy && !s.on_ints && s.output.type == dtype::f32
        && s.numbers.multiply == product_rounding::tf32;
}

/// Sets storage::tf32. The largest of a window's numbers is the same before and after rounding, so that max
/// pools are no readers of their own.
constexpr void round_stores(module& m, const lamina::target& target) {
    if (!target.may_use_matrix_units() || !target.stores_floats()) return;
    for (storage& each : m.storages) each.tf32 = each.space == memory_space::arena && !each.kept;
    const auto exclude = [&m](int storage) {
        bool& rounds = m.storages[at(storage)].tf32;
        const bool was = rounds;
        rounds = false;
        return was;
    };
    for (bool again = true; again;) {
        again = false;
        for (const step& s : m.steps) {
            const bool is_largest = takes_largest(m, s) && m.storages[at(s.output.storage)].tf32;
            for (std::size_t i = 0; i < s.inputs.size(); ++i)
                if ((i > 0 && !reads_concat(s.kind, s.inputs.size()))
                    || !(is_largest || multiplies_input(m, s)))
                    again |= exclude(s.inputs[i].storage);
            for (const resolved_operand& o : s.operands)
                if (o.weight < 0) again |= exclude(o.seen.storage);
            if (!rounds_output(s)) again |= exclude(s.output.storage);
            for (const further_output& also : s.further) again |= exclude(also.seen.storage);
        }
    }
}

}  // namespace lamina::planner
