// SPDX-License-Identifier: Apache-2.0
// op::conv2d on the CPU: one matrix product per row of the output.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/matrix.hpp>
#include <lamina/reference/quantize.hpp>
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

/// A row of the output whose inputs are unrolled.
struct unrolled_row {
    int image, group, z, y;
};

/// Column x of `patches` holds the inputs under the window at (z, y, x); zeros outside of the input.
inline void unroll(const node& n, const operands& in, const unrolled_row& at, matrix& patches) {
    const window& win = n.attr.win;
    const shape& dims = in[0].dims;
    const window_extents from = extents_of(dims);
    const int channels = dims.c / n.attr.groups, first = at.group * channels;
    int term = 0;
    for (int i = 0; i < channels; ++i)
        for (int kz = 0; kz < win.kernel_d; ++kz)
            for (int ky = 0; ky < win.kernel_h; ++ky)
                for (int kx = 0; kx < win.kernel_w; ++kx, ++term) {
                    const int slice = at.z * win.stride_d - win.pad_front + kz * win.dilation_d;
                    const int row = at.y * win.stride_h - win.pad_top + ky * win.dilation_h;
                    const bool none = slice < 0 || slice >= from.d || row < 0 || row >= from.h;
                    const float* line = none
                        ? nullptr
                        : &in[0].values[flat(dims, at.image, first + i, slice, row, 0)];
                    for (int x = 0; x < static_cast<int>(patches.cols()); ++x) {
                        const int column = x * win.stride_w - win.pad_left + kx * win.dilation_w;
                        patches(term, x)
                            = line && column >= 0 && column < from.w ? line[column] : 0;
                    }
                }
}

/// out[n, o, z, y, x] = bias[o] + sum over i, kz, ky, kx of weight[o, i, kz, ky, kx] *
/// in[n, group * I + i, z * stride_d - pad_front + kz * dilation_d, y * stride_h - pad_top + ky * dilation_h,
/// ...]; images have one z, and zeros lie outside of the input. Weights of int8 plans are rounded before.
inline void conv2d(const node& n, const operands& in, reference_tensor& out) {
    const window& win = n.attr.win;
    const window_extents to = extents_of(n.dims);
    const int groups = n.attr.groups;
    const int channels_out = n.dims.c / groups;
    const int terms = in[0].dims.c / groups * win.kernel_d * win.kernel_h * win.kernel_w;
    matrix patches(terms, to.w);
    std::vector<float> rounded;
    if (n.multiplies_bytes) rounded = rounded_to_bytes(in.weights[weight_slot], n.dims.c);
    const float* const all = rounded.empty() ? in.weights[weight_slot].data() : rounded.data();

    for (int image = 0; image < n.dims.n; ++image)
        for (int group = 0; group < groups; ++group) {
            const matrix weight
                = load_matrix(all + static_cast<std::ptrdiff_t>(group) * channels_out * terms,
                    channels_out, terms);
            for (int line = 0; line < to.d * to.h; ++line) {
                const int z = line / to.h, y = line % to.h;
                unroll(n, in, {image, group, z, y}, patches);
                const matrix sums = weight * patches;
                for (int o = 0; o < channels_out; ++o) {
                    const int channel = group * channels_out + o;
                    const double bias = in.weights[bias_slot].empty()
                        ? 0
                        : in.weights[bias_slot][static_cast<std::size_t>(channel)];
                    for (int x = 0; x < to.w; ++x)
                        out.values[flat(n.dims, image, channel, z, y, x)]
                            = static_cast<float>(sums(o, x) + bias);
                }
            }
        }
}

}  // namespace lamina::reference_op
