// SPDX-License-Identifier: Apache-2.0
// op::quantize and op::dequantize on the CPU, and the weights of convolutions that multiply such numbers.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

#include <algorithm>
#include <cmath>

namespace lamina::reference_op {

/// A float as u8, in the floats that kernels compute with.
inline double to_byte(float x, float scale, float zero) {
    const float q = std::nearbyint(x * (1 / scale)) + zero;
    return q > 0 ? static_cast<double>(std::min(q, 255.0f)) : 0.0;
}

inline void quantize(const node& n, const operands& in, reference_tensor& out) {
    const float scale = in.weights[weight_slot][0], zero = in.weights[bias_slot][0];
    for (std::size_t i = 0; i < out.size(); ++i) out.set(i, to_byte(in[0].values[i], scale, zero));
    (void)n;
}

inline void dequantize(const node& n, const operands& in, reference_tensor& out) {
    const float scale = in.weights[weight_slot][0], zero = in.weights[bias_slot][0];
    for (std::size_t i = 0; i < out.size(); ++i)
        out.values[i] = (static_cast<float>(in[0].indices[i]) - zero) * scale;
    (void)n;
}

/// Weights [outputs, ...] rounded to 8 bits, an output at a time, as the floats that these stand for.
inline std::vector<float> rounded_to_bytes(std::span<const float> weight, int outputs) {
    std::vector<float> out(weight.begin(), weight.end());
    const std::size_t count = out.size() / static_cast<std::size_t>(outputs);
    for (std::size_t first = 0; first < out.size(); first += count) {
        const std::span<float> row(out.data() + first, count);
        float most = 0;
        for (const float w : row) most = std::max(most, std::fabs(w));
        const float scale = most / 127;
        for (float& w : row)
            w = scale >= 1.2e-38f
                ? std::clamp(std::nearbyint(w * (1 / scale)), -127.0f, 127.0f) * scale
                : 0.0f;
    }
    return out;
}

}  // namespace lamina::reference_op
