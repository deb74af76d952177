// SPDX-License-Identifier: Apache-2.0
// op::conv2d on the CPU: one matrix product per row of the output.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/matrix.hpp>
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

/// out[n, o, y, x] = bias[o] + sum over i, ky, kx of weight[o, i, ky, kx] *
/// in[n, group * I + i, y * stride_h - pad_top + ky * dilation_h, ...]; zero outside of the input.
inline void conv2d(const node& n, const operands& in, reference_tensor& out) {
    const window& win = n.attr.win;
    const shape& from = in[0].dims;
    const int groups = n.attr.groups;
    const int channels_in = from.c / groups, channels_out = n.dims.c / groups;
    const int terms = channels_in * win.kernel_h * win.kernel_w;
    matrix patches(terms, n.dims.w);

    for (int image = 0; image < n.dims.n; ++image)
        for (int group = 0; group < groups; ++group) {
            const matrix weight = load_matrix(in.weights[weight_slot].data()
                    + static_cast<std::ptrdiff_t>(group) * channels_out * terms,
                channels_out, terms);
            for (int y = 0; y < n.dims.h; ++y) {
                // Column x holds the inputs under the window at (y, x).
                int term = 0;
                for (int i = 0; i < channels_in; ++i)
                    for (int ky = 0; ky < win.kernel_h; ++ky)
                        for (int kx = 0; kx < win.kernel_w; ++kx, ++term) {
                            const int row = y * win.stride_h - win.pad_top + ky * win.dilation_h;
                            const float* line = row < 0 || row >= from.h
                                ? nullptr
                                : &in[0].values[flat(from, image, group * channels_in + i, row, 0)];
                            for (int x = 0; x < n.dims.w; ++x) {
                                const int column
                                    = x * win.stride_w - win.pad_left + kx * win.dilation_w;
                                const bool inside = line && column >= 0 && column < from.w;
                                patches(term, x) = inside ? line[column] : 0;
                            }
                        }
                matrix sums = weight * patches;
                for (int o = 0; o < channels_out; ++o) {
                    const int channel = group * channels_out + o;
                    const double bias = in.weights[bias_slot].empty()
                        ? 0
                        : in.weights[bias_slot][static_cast<std::size_t>(channel)];
                    for (int x = 0; x < n.dims.w; ++x)
                        out.values[flat(n.dims, image, channel, y, x)]
                            = static_cast<float>(sums(o, x) + bias);
                }
            }
        }
}

}  // namespace lamina::reference_op
