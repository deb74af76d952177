// SPDX-License-Identifier: Apache-2.0
// op::conv_transpose2d on the CPU: every input value is added to the outputs of its window.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

/// The transpose of conv2d: in[n, i, y, x] * weight[i, o, ky, kx] is added to
/// out[n, group * O + o, y * stride_h - pad_top + ky * dilation_h, ...]. Rows and columns of output
/// padding are part of the output's extents and need nothing here.
inline void conv_transpose2d(const node& n, const operands& in, reference_tensor& out) {
    const window& win = n.attr.win;
    const shape& from = in[0].dims;
    const int groups = n.attr.groups;
    const int channels_in = from.c / groups, channels_out = n.dims.c / groups;
    const shape& weight_dims = in.weight_dims[weight_slot];
    std::vector<double> sums(out.values.size(), 0.0);

    for_each_place(from, [&](const place& at, std::size_t index) {
        const auto [image, i, y, x, unused4, unused5] = at;
        const int group = i / channels_in;
        const double value = in[0].values[index];
        for (int o = 0; o < channels_out; ++o)
            for (int ky = 0; ky < win.kernel_h; ++ky)
                for (int kx = 0; kx < win.kernel_w; ++kx) {
                    const int row = y * win.stride_h - win.pad_top + ky * win.dilation_h;
                    const int column = x * win.stride_w - win.pad_left + kx * win.dilation_w;
                    if (row < 0 || row >= n.dims.h || column < 0 || column >= n.dims.w) continue;
                    sums[flat(n.dims, image, group * channels_out + o, row, column)]
                        += value * in.weights[weight_slot][flat(weight_dims, i, o, ky, kx)];
                }
    });
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const double bias = in.weights[bias_slot].empty()
            ? 0
            : in.weights[bias_slot][static_cast<std::size_t>(at[1])];
        out.values[index] = static_cast<float>(sums[index] + bias);
    });
}

}  // namespace lamina::reference_op
