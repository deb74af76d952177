// SPDX-License-Identifier: Apache-2.0
// op::roi_pool on the CPU: boxes of images cut out and resized.
#pragma once
#include <lamina/reference/row.hpp>
#include <lamina/reference/value.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace lamina::reference_op {

/// What a bin of a box is, with the magnitudes and spreads of what it adds up.
struct roi_bin {
    double value = 0, size = 0, spread = 0;
    double terms = 1;
};

/// Left, top, right and bottom of a box.
using roi_box = std::array<double, 4>;

/// One bin of channel `channel` of image `image`; `at` is the place in the output.
class roi_reader {
public:
    roi_reader(const node& n, const reference_tensor& x, const place& at, int image)
        : n_(n), x_(x), at_(at), image_(image), kind_(static_cast<roi_kind>(n.attr.kind)) {
        const bool by_place = kind_ == roi_kind::ps_align || kind_ == roi_kind::ps_pool;
        channel_ = by_place ? (at[1] * n.dims.h + at[2]) * n.dims.w + at[3] : at[1];
    }

    roi_bin bin(const roi_box& box) const {
        return kind_ == roi_kind::align || kind_ == roi_kind::ps_align ? aligned(box) : pooled(box);
    }

private:
    const node& n_;
    const reference_tensor& x_;
    const place& at_;
    int image_, channel_ = 0;
    roi_kind kind_;

    void add(roi_bin& out, int row, int column, double share) const {
        const std::size_t i = flat(x_.dims, image_, channel_, row, column);
        out.value += share * static_cast<double>(x_.values[i]);
        out.size += share * size_of(static_cast<double>(x_.values[i]));
        if (!x_.spread.empty()) out.spread += share * static_cast<double>(x_.spread[i]);
    }

    /// A sample's two elements along one axis and the share of the second; false if it lies outside.
    static bool tap(double at, int extent, int& first, int& second, double& share) {
        if (!(at >= -1 && at <= extent)) return false;
        at = std::max(at, 0.0);
        first = std::min(static_cast<int>(at), extent - 1);
        second = std::min(first + 1, extent - 1);
        share = first == extent - 1 ? 0 : at - first;
        return true;
    }

    roi_bin aligned(const roi_box& box) const {
        const double scale = static_cast<double>(n_.attr.scalars[0]);
        const double offset = n_.attr.coordinates == coordinate_mode::half_pixel ? 0.5 : 0;
        const double left = box[0] * scale - offset, top = box[1] * scale - offset;
        double width = box[2] * scale - offset - left, height = box[3] * scale - offset - top;
        if (offset == 0) {
            width = std::max(width, 1.0);
            height = std::max(height, 1.0);
        }
        const double bin_h = height / n_.dims.h, bin_w = width / n_.dims.w;
        const auto samples = [&](double bin) {
            if (n_.attr.groups > 0) return n_.attr.groups;
            return static_cast<int>(std::fmin(std::fmax(std::ceil(bin), 0), most_roi_samples));
        };
        const int rows = samples(bin_h), columns = samples(bin_w);
        roi_bin out;
        out.terms = std::max(1.0, static_cast<double>(rows) * columns);
        for (int r = 0; r < rows; ++r)
            for (int c = 0; c < columns; ++c) {
                int y[2], x[2];
                double b = 0, a = 0;
                if (!tap(top + at_[2] * bin_h + (r + 0.5) * bin_h / rows, x_.dims.h, y[0], y[1], b)
                    || !tap(left + at_[3] * bin_w + (c + 0.5) * bin_w / columns, x_.dims.w, x[0],
                        x[1], a))
                    continue;
                for (int k = 0; k < 4; ++k)
                    add(out, y[k / 2], x[k % 2],
                        (k / 2 ? b : 1 - b) * (k % 2 ? a : 1 - a) / out.terms);
            }
        return out;
    }

    roi_bin pooled(const roi_box& box) const {
        const double scale = static_cast<double>(n_.attr.scalars[0]);
        const bool averages = kind_ == roi_kind::ps_pool;
        const auto rounded = [&](double corner) {
            return std::fmin(std::fmax(std::round(corner * scale), -1e6), 1e6);
        };
        const double left = rounded(box[0]), top = rounded(box[1]);
        const double more = averages ? 0 : 1;
        const double width = std::max(rounded(box[2]) - left + more, 1.0);
        const double height = std::max(rounded(box[3]) - top + more, 1.0);
        const auto end = [](double first, double extent, int i, int count, bool up, int limit) {
            const double at = extent * i / count;
            return static_cast<int>(
                std::clamp((up ? std::ceil(at) : std::floor(at)) + first, 0.0, limit + 0.0));
        };
        const int h = x_.dims.h - averages, w = x_.dims.w - averages;
        const int first_row = end(top, height, at_[2], n_.dims.h, false, h);
        const int last_row = end(top, height, at_[2] + 1, n_.dims.h, true, h);
        const int first = end(left, width, at_[3], n_.dims.w, false, w);
        const int last = end(left, width, at_[3] + 1, n_.dims.w, true, w);
        roi_bin out;
        if (last_row <= first_row || last <= first) return out;
        out.terms = static_cast<double>(last_row - first_row) * (last - first);
        bool is_first = true;
        for (int r = first_row; r < last_row; ++r)
            for (int c = first; c < last; ++c) {
                if (averages) {
                    add(out, r, c, 1 / out.terms);
                    continue;
                }
                const std::size_t i = flat(x_.dims, image_, channel_, r, c);
                const double v = x_.values[i];
                if (is_first || v > out.value) out.value = v;
                if (!x_.spread.empty())
                    out.spread = std::max(out.spread, static_cast<double>(x_.spread[i]));
                is_first = false;
            }
        return out;
    }
};

/// Calls visit(place, index, the box's reader, its corners, where they are in the tensor of boxes).
template <class Visit> void for_each_bin(const node& n, const operands& in, Visit visit) {
    const reference_tensor& boxes = in[1];
    const bool is_list = boxes.dims.rank == 2;
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const auto first = static_cast<std::size_t>(at[0]) * (is_list ? 5 : 4);
        const int image = at[0] / boxes.dims.c;  // where each image has its own boxes
        const double number = is_list ? static_cast<double>(boxes.values[first]) : image;
        const bool is_inside = number > -1 && number < in[0].dims.n;
        roi_box box;
        for (std::size_t k = 0; k < 4; ++k)
            box[k] = static_cast<double>(boxes.values[first + k + is_list]);
        visit(index, roi_reader(n, in[0], at, is_inside ? static_cast<int>(number) : 0), box, first,
            is_inside);
    });
}

inline void roi(const node& n, const operands& in, reference_tensor& out) {
    for_each_bin(n, in,
        [&](std::size_t index, const roi_reader& reader, const roi_box& box, std::size_t,
            bool is_inside) {
            out.values[index] = is_inside ? static_cast<float>(reader.bin(box).value) : 0.0f;
        });
}

/// Each corner is moved to both ends of its bound, which holds the roundings of the places.
inline void roi_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const std::size_t ahead = in[1].dims.rank == 2 ? 1 : 0;
    const double scale = static_cast<double>(n.attr.scalars[0]);
    for_each_bin(n, in,
        [&](std::size_t index, const roi_reader& reader, roi_box box, std::size_t first,
            bool is_inside) {
            bool is_known = true;
            for (std::size_t k = 0; k < 4 + ahead; ++k)
                is_known = is_known && !std::isinf(in[1].spread[first + k])
                    && (k >= ahead || in[1].spread[first] == 0);
            if (!is_inside || !is_known) {
                out.spread[index] = is_known ? 0 : unknown;
                return;
            }
            const roi_bin here = reader.bin(box);
            double largest = 1 / scale;
            for (const double corner : box) largest = std::max(largest, std::fabs(corner));
            double moved = 0;
            const bool is_aligned = static_cast<roi_kind>(n.attr.kind) == roi_kind::align
                || static_cast<roi_kind>(n.attr.kind) == roi_kind::ps_align;
            for (std::size_t k = 0; k < 4; ++k) {
                const double kept = box[k];
                const double own = is_aligned ? 2 * float_unit * largest : 0;
                moved += moves(
                             [&](double other) {
                                 box[k] = other;
                                 return reader.bin(box).value;
                             },
                             kept, here.value,
                             allowed_spreads
                                 * (static_cast<double>(in[1].spread[first + ahead + k]) + own))
                    / allowed_spreads;
                box[k] = kept;
            }
            out.spread[index] = kept_spread(here.spread
                + root_of_squares(moved,
                    (12 * float_unit + sum_error(static_cast<std::size_t>(here.terms), 1))
                        * here.size,
                    by.stored(size_of(here.value))));
        });
}

inline constexpr reference_row roi_row{op::roi_pool, roi, roi_spread};

}  // namespace lamina::reference_op
