// SPDX-License-Identifier: Apache-2.0
// op::deform on the CPU: an image sampled at places that offsets move.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/row.hpp>
#include <lamina/reference/spread_parts.hpp>
#include <lamina/reference/value.hpp>

#include <cmath>

namespace lamina::reference_op {

/// One channel's image, sampled.
struct sampled_image {
    const float* pixels;
    int height, width;

    double pixel(int row, int column) const {
        const bool inside = row >= 0 && row < height && column >= 0 && column < width;
        return inside ? static_cast<double>(pixels[row * width + column]) : 0;
    }
    /// Between its four neighbours; zeros lie outside.
    double at(double h, double w) const {
        if (!(h > -1 && h < height && w > -1 && w < width)) return 0;
        const int top = static_cast<int>(std::floor(h)), left = static_cast<int>(std::floor(w));
        const double down = h - top, right = w - left;
        return (1 - down) * ((1 - right) * pixel(top, left) + right * pixel(top, left + 1))
            + down * ((1 - right) * pixel(top + 1, left) + right * pixel(top + 1, left + 1));
    }
};

/// Where an element of the output is sampled, and its factor: indices of the offsets, and of the mask.
struct deform_place {
    double h, w;
    std::size_t offset_h, offset_w, factor;
};
inline deform_place place_of(const node& n, const operands& in, const place& at) {
    const window& win = n.attr.win;
    const int tap = at[2], taps = win.kernel_h * win.kernel_w;
    const int row = tap / win.kernel_w * win.dilation_h;
    const int column = tap % win.kernel_w * win.dilation_w;
    const int own = at[1] / (in[0].dims.c / n.attr.groups) * taps + tap;
    deform_place out;
    out.offset_h = flat(in[1].dims, at[0], 2 * own, at[3], at[4]);
    out.offset_w = flat(in[1].dims, at[0], 2 * own + 1, at[3], at[4]);
    out.factor = in.inputs.size() > 2 ? flat(in[2].dims, at[0], own, at[3], at[4]) : 0;
    out.h = at[3] * win.stride_h - win.pad_top + row
        + static_cast<double>(in[1].values[out.offset_h]);
    out.w = at[4] * win.stride_w - win.pad_left + column
        + static_cast<double>(in[1].values[out.offset_w]);
    return out;
}

inline void deform(const node& n, const operands& in, reference_tensor& out) {
    const shape& from = in[0].dims;
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const deform_place where = place_of(n, in, at);
        const sampled_image image{&in[0].values[flat(from, at[0], at[1], 0, 0)], from.h, from.w};
        const double factor = in.inputs.size() > 2 ? in[2].values[where.factor] : 1;
        out.values[index] = static_cast<float>(image.at(where.h, where.w) * factor);
    });
}

/// Errors of pixels are averaged; errors of a place move it along the slopes around it.
inline void deform_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const shape& from = in[0].dims;
    const bool has_mask = in.inputs.size() > 2;
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const deform_place where = place_of(n, in, at);
        const std::size_t first = flat(from, at[0], at[1], 0, 0);
        const sampled_image image{&in[0].values[first], from.h, from.w},
            spreads{&in[0].spread[first], from.h, from.w};
        const double value = image.at(where.h, where.w);
        const double rounding = 2 * float_unit;
        const double h = root_of_squares(
            static_cast<double>(in[1].spread[where.offset_h]), rounding * (std::fabs(where.h) + 1));
        const double w = root_of_squares(
            static_cast<double>(in[1].spread[where.offset_w]), rounding * (std::fabs(where.w) + 1));
        const double along_h
            = spread_through([&](double y) { return image.at(y, where.w); }, where.h, value, h);
        const double along_w
            = spread_through([&](double x) { return image.at(where.h, x); }, where.w, value, w);
        const double factor = has_mask ? static_cast<double>(in[2].values[where.factor]) : 1;
        const double of_factor = has_mask ? static_cast<double>(in[2].spread[where.factor]) : 0;
        const double own = root_of_squares(spreads.at(where.h, where.w), along_h, along_w);
        const double y = size_of(static_cast<double>(out.values[index]));
        // Shares of neighbours are rounded products.
        double size = 0;
        for (const int row : {0, 1})
            for (const int column : {0, 1})
                size = std::fmax(size,
                    size_of(image.pixel(
                        static_cast<int>(std::floor(std::fmin(std::fmax(where.h, -1), from.h)))
                            + row,
                        static_cast<int>(std::floor(std::fmin(std::fmax(where.w, -1), from.w)))
                            + column)));
        out.spread[index] = kept_spread(
            root_of_squares(root_of_squares(own * size_of(factor), of_factor * size_of(value)),
                4 * float_unit * size * size_of(factor), by.stored(y)));
    });
}

inline constexpr reference_row deform_row{op::deform, deform, deform_spread};

}  // namespace lamina::reference_op
