// SPDX-License-Identifier: Apache-2.0
// op::conv_transpose2d on the CPU: every input value is added to the outputs of its window.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

/// Calls visit(tap, slice, row, column) for every output that the input at (z, y, x) reaches.
template <class Visit>
void for_each_reached(
    const window& win, const window_extents& to, int z, int y, int x, Visit visit) {
    int tap = 0;
    for (int kz = 0; kz < win.kernel_d; ++kz)
        for (int ky = 0; ky < win.kernel_h; ++ky)
            for (int kx = 0; kx < win.kernel_w; ++kx, ++tap) {
                const int slice = z * win.stride_d - win.pad_front + kz * win.dilation_d;
                const int row = y * win.stride_h - win.pad_top + ky * win.dilation_h;
                const int column = x * win.stride_w - win.pad_left + kx * win.dilation_w;
                if (slice >= 0 && slice < to.d && row >= 0 && row < to.h && column >= 0
                    && column < to.w)
                    visit(tap, slice, row, column);
            }
}

/// The transpose of conv2d: in[n, i, z, y, x] * weight[i, o, kz, ky, kx] is added to
/// out[n, group * O + o, z * stride_d - pad_front + kz * dilation_d, ...]. Rows and columns of output
/// padding are part of the output's extents and need nothing here.
inline void conv_transpose2d(const node& n, const operands& in, reference_tensor& out) {
    const window& win = n.attr.win;
    const shape& from = in[0].dims;
    const window_extents to = extents_of(n.dims);
    const int channels_in = from.c / n.attr.groups, channels_out = n.dims.c / n.attr.groups;
    const auto taps = static_cast<std::size_t>(win.kernel_d)
        * static_cast<std::size_t>(win.kernel_h) * static_cast<std::size_t>(win.kernel_w);
    std::vector<double> sums(out.values.size(), 0.0);

    for_each_place(from, [&](const place& at, std::size_t index) {
        const int image = at[0], i = at[1], group = i / channels_in;
        const bool is_volume = from.rank == 5;
        const double value = in[0].values[index];
        for_each_reached(win, to, is_volume ? at[2] : 0, at[is_volume ? 3 : 2],
            at[is_volume ? 4 : 3], [&](int tap, int slice, int row, int column) {
                for (int o = 0; o < channels_out; ++o) {
                    const auto filter = static_cast<std::size_t>(i * channels_out + o);
                    sums[flat(n.dims, image, group * channels_out + o, slice, row, column)] += value
                        * in.weights[weight_slot][filter * taps + static_cast<std::size_t>(tap)];
                }
            });
    });
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const double bias = in.weights[bias_slot].empty()
            ? 0
            : in.weights[bias_slot][static_cast<std::size_t>(at[1])];
        out.values[index] = static_cast<float>(sums[index] + bias);
    });
}

}  // namespace lamina::reference_op
