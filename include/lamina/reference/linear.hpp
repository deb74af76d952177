// SPDX-License-Identifier: Apache-2.0
// op::linear on the CPU: the last axis times a weight matrix.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/matrix.hpp>
#include <lamina/reference/quantize.hpp>
#include <lamina/reference/round_groups.hpp>
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

/// out[..., o] = bias[o] + sum over i of in[..., i] * weight[o, i]. Weights of int8 plans, and
/// those in groups, are rounded before.
inline void linear(const node& n, const operands& in, reference_tensor& out) {
    const int inputs = in.weight_dims[weight_slot][1], outputs = in.weight_dims[weight_slot][0];
    const int rows = static_cast<int>(n.dims.count() / outputs);
    const matrix x = load_matrix(in[0].values.data(), rows, inputs);
    std::vector<float> rounded;
    if (n.multiplies_bytes) rounded = rounded_to_bytes(in.weights[weight_slot], outputs);
    if (n.rounded.bits && !in.are_rounded)
        rounded = rounded_in_groups(in.weights[weight_slot], inputs, n.rounded);
    const matrix weight = load_matrix(
        rounded.empty() ? in.weights[weight_slot].data() : rounded.data(), outputs, inputs);
    matrix sums = x * weight.transpose();
    if (!in.weights[bias_slot].empty())
        sums.rowwise() += load_matrix(in.weights[bias_slot].data(), 1, outputs).row(0);
    store_matrix(sums, out.values.data());
}

}  // namespace lamina::reference_op
