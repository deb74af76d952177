// SPDX-License-Identifier: Apache-2.0
// The tables of plan.fbs: each field's number, and its bytes in a table, 4 for a reference. All that a
// network's file needs of them to write a plan; plan/records.hpp has the values. Made by tests/layout/lists.py;
// run it with --write when plan.fbs changes.
#pragma once

namespace lamina::schema {

// clang-format off
struct tensor {
    enum field : int { name, node, type, dims, strides, block, space, index, offset };
    static constexpr int count = 9;
    static constexpr int wide[] = {4, 4, 1, 4, 4, 4, 1, 4, 8};
};
struct parameter {
    enum field : int { name, dims, values };
    static constexpr int count = 3;
    static constexpr int wide[] = {4, 4, 4};
};
struct fold {
    enum field : int { weight, bias, mean, variance, eps };
    static constexpr int count = 5;
    static constexpr int wide[] = {4, 4, 4, 4, 4};
};
struct weight_part {
    enum field : int { source, first, folds };
    static constexpr int count = 3;
    static constexpr int wide[] = {4, 4, 4};
};
struct weight {
    enum field : int { source, role, axis, folds, dims, inner, order, type, offset, bytes, transform, parts, values, bias, input_scale, input_zero_point, tf32, group, constant };
    static constexpr int count = 19;
    static constexpr int wide[] = {4, 1, 4, 4, 4, 4, 4, 1, 8, 8, 4, 4, 4, 4, 4, 4, 1, 4, 4};
};
struct gemm {
    enum field : int { rows, columns, depth, batches, a, b, c, a_row, b_row, c_row, a_batch, b_batch, c_batch, a_transposed, b_transposed };
    static constexpr int count = 15;
    static constexpr int wide[] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 1, 1};
};
struct tactic {
    enum field : int { name, defines, tile, local, local_bytes, needs, gemm, cost };
    static constexpr int count = 8;
    static constexpr int wide[] = {4, 4, 4, 4, 4, 4, 4, 4};
};
struct kernel {
    enum field : int { family, defines, text, tactics };
    static constexpr int count = 4;
    static constexpr int wide[] = {4, 4, 4, 4};
};
struct argument {
    enum field : int { offset, index, space, type };
    static constexpr int count = 4;
    static constexpr int wide[] = {8, 4, 1, 1};
};
struct step {
    enum field : int { name, layers, kernel, tactic, extents, arguments, numbers, output, flops, bytes };
    static constexpr int count = 10;
    static constexpr int wide[] = {4, 4, 4, 4, 4, 4, 4, 4, 8, 8};
};
struct binding {
    enum field : int { name, type, dims, tensor };
    static constexpr int count = 4;
    static constexpr int wide[] = {4, 1, 4, 4};
};
struct state {
    enum field : int { name, type, dims, offset };
    static constexpr int count = 4;
    static constexpr int wide[] = {4, 1, 4, 8};
};
struct bound {
    enum field : int { input, least, most, state };
    static constexpr int count = 4;
    static constexpr int wide[] = {4, 4, 4, 4};
};
struct weights_segment {
    enum field : int { bytes, hash_low };
    static constexpr int count = 2;
    static constexpr int wide[] = {8, 8};
};
struct device_binary {
    enum field : int { device, kernel, tactic, bytes, merged_source };
    static constexpr int count = 5;
    static constexpr int wide[] = {4, 4, 4, 4, 8};
};
struct dim {
    enum field : int { name, min, opt, max, step };
    static constexpr int count = 5;
    static constexpr int wide[] = {4, 4, 4, 4, 4};
};
struct shape_plan {
    enum field : int { values, plan };
    static constexpr int count = 2;
    static constexpr int wide[] = {4, 4};
};
struct plan {
    enum field : int { format, library, network, target, precision, arena_bytes, weight_bytes, flops, inputs, outputs, tensors, parameters, weights, tactics, kernels, steps, prelude, segment, binaries, states, state_bytes, bounds, dims, axes, shapes, constants };
    static constexpr int count = 26;
    static constexpr int wide[] = {4, 4, 4, 4, 1, 8, 8, 8, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 8, 4, 4, 4, 4, 4};
};
// clang-format on

}  // namespace lamina::schema
