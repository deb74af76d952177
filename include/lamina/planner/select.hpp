// SPDX-License-Identifier: Apache-2.0
// Step -> launch: asks the families that serve this op, fastest first; one that cannot take a step
// on this target says no, having touched nothing, and the next is asked. One family, one file in
// kernels/. The last of each line takes everything.
#pragma once
#include <lamina/kernels/attention.hpp>
#include <lamina/kernels/attention_blocked.hpp>
#include <lamina/kernels/conv2d_blocked.hpp>
#include <lamina/kernels/conv2d_tiled.hpp>
#include <lamina/kernels/conv2d_winograd.hpp>
#include <lamina/kernels/conv_any.hpp>
#include <lamina/kernels/conv_transpose_blocked.hpp>
#include <lamina/kernels/depthwise_blocked.hpp>
#include <lamina/kernels/depthwise_tiled.hpp>
#include <lamina/kernels/embedding.hpp>
#include <lamina/kernels/flip.hpp>
#include <lamina/kernels/linear_blocked.hpp>
#include <lamina/kernels/matmul.hpp>
#include <lamina/kernels/matmul_blocked.hpp>
#include <lamina/kernels/matmul_tiled.hpp>
#include <lamina/kernels/norm.hpp>
#include <lamina/kernels/norm_images.hpp>
#include <lamina/kernels/norm_rows.hpp>
#include <lamina/kernels/pad.hpp>
#include <lamina/kernels/pointwise.hpp>
#include <lamina/kernels/pool.hpp>
#include <lamina/kernels/pool_blocked.hpp>
#include <lamina/kernels/pool_index.hpp>
#include <lamina/kernels/reduce.hpp>
#include <lamina/kernels/resize.hpp>
#include <lamina/kernels/resize_taps.hpp>
#include <lamina/kernels/softmax.hpp>
#include <lamina/kernels/topk.hpp>
#include <lamina/planner/custom_kernel.hpp>
#include <lamina/planner/verify.hpp>

namespace lamina::planner {

/// Tries to make a step's launch; false, having touched nothing, where the family cannot take it.
using selector = bool (*)(launch_builder&);

/// The families that serve an op, fastest first; the last takes every step of it.
struct op_families {
    op kind;
    selector families[6] = {};
};

inline constexpr op_families family_table[] = {
    {op::input, {}},
    {op::conv2d,
        {select_depthwise_blocked, select_conv2d_winograd, select_conv2d_blocked,
            select_depthwise_tiled, select_conv2d_tiled, select_conv_any}},
    {op::conv_transpose2d,
        {select_conv_transpose_blocked, select_conv_transpose_tiled, select_conv_any}},
    {op::linear, {select_linear_blocked, select_linear_tiled, select_matmul}},
    {op::matmul, {select_matmul_blocked, select_matmul_tiled, select_matmul}},
    {op::attention, {select_attention_blocked, select_attention}},
    {op::batch_norm, {}},
    {op::pool, {select_pool_blocked, select_pool}},
    {op::pointwise, {select_pointwise}},
    {op::binary, {}},
    {op::prelu, {}},
    {op::concat, {}},
    {op::slice, {}},
    {op::reshape, {}},
    {op::permute, {}},
    {op::pad, {select_pad}},
    {op::resize, {select_resize, select_resize_taps}},
    {op::softmax, {select_softmax_lanes, select_softmax}},
    {op::reduce, {select_reduce_lanes, select_reduce}},
    {op::argmax, {select_argmax}},
    {op::normalize, {select_norm_rows, select_norm_images, select_norm}},
    {op::embedding, {select_embedding}},
    {op::custom, {select_custom}},
    {op::parameter, {}},
    {op::flip, {select_flip}},
    {op::pool_index, {select_pool_index}},
    {op::unpool, {select_unpool}},
    {op::fill, {}},
    {op::topk, {select_topk}},
    {op::further, {}},
};

/// True if each op has a family that is neither given, nor a view, nor written as a chain of another.
constexpr bool serves_every_op() {
    for (const op_families& row : family_table) {
        const op_traits& traits = traits_of(row.kind);
        const bool has_steps = !traits.is_given && !is_further(row.kind)
            && traits.view == view_rule::none
            && (traits.chain == chain_form::none || traits.chain == chain_form::function);
        if (has_steps != (row.families[0] != nullptr)) return false;
    }
    return true;
}
static_assert(
    is_complete(family_table), "family_table needs one row an op, in the order of enum op");
static_assert(serves_every_op(), "an op that is no view and no chain needs a kernel family");

constexpr bool select_step(launch_builder& b) {
    for (const selector select_family : family_table[static_cast<int>(b.s.kind)].families)
        if (select_family && select_family(b)) return true;
    return false;
}

/// Errors   a step that no family takes: module::fault says which.
constexpr void select(module& m, const lamina::target& target) {
    m.launches.reserve(m.steps.size());
    for (const step& s : m.steps) {
        launch_builder b(m, target, s);
        if (select_step(b)) continue;
        m.fault = planner_fault("select", "no kernel takes the step of ",
            m.net->nodes[at(s.anchor)].layer, " '", m.net->nodes[at(s.anchor)].at.view(), "'");
        return;
    }
}

}  // namespace lamina::planner
