// SPDX-License-Identifier: Apache-2.0
// op::picture on the CPU: size, order, scale and layout of pictures.
#pragma once
#include <lamina/graph/picture_rule.hpp>
#include <lamina/reference/row.hpp>
#include <lamina/reference/value.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace lamina::reference_op {

/// a / b to the nearest whole number, halves to the even one.
inline std::int64_t even_quotient(std::int64_t a, std::int64_t b) {
    const std::int64_t down = a / b, left = 2 * (a % b);
    return down + (left > b || (left == b && down % 2 == 1));
}

/// The two elements along one axis that an element of the resized picture mixes: the share of the second is
/// rest / unit.
struct picture_mix {
    int first, second;
    std::int64_t rest, unit;
    picture_mix(int i, int in, int out) : unit(2 * std::int64_t{out}) {
        const std::int64_t at = (2 * std::int64_t{i} + 1) * in - out;
        first = at < 0 ? 0 : static_cast<int>(std::min<std::int64_t>(at / unit, in - 1));
        rest = at < 0 || at / unit >= in - 1 ? 0 : at % unit;
        second = std::min(first + 1, in - 1);
    }
    /// Of the first or second element, in 2048ths, halves to the even number.
    std::int64_t weight(bool of_second) const {
        return even_quotient(2048 * (of_second ? rest : unit - rest), unit);
    }
};

/// An element of the resized picture before it is rounded, and after.
struct picture_element {
    double exact = 0, rounded = 0;
    std::size_t taps[4] = {};
    double shares[4] = {};
    bool is_inside = false;
};

/// Calls visit(element of the output, its picture_element, factor, summand).
template <class Visit> void for_each_pixel(const node& n, const reference_tensor& x, Visit visit) {
    const attributes& attr = n.attr;
    const int from_axis = attr.axis, to_axis = attr.order[0];
    const int rows_at = from_axis == 1 ? 2 : 1, to_rows = to_axis == 1 ? 2 : 1;
    const int in_h = x.dims[rows_at], in_w = x.dims[rows_at + 1];
    const int h = attr.win.kernel_h, w = attr.win.kernel_w;
    const auto number = [&](int slot) { return n.numbers[static_cast<std::size_t>(slot)]; };
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const auto of = [&](int axis) { return at[static_cast<std::size_t>(axis)]; };
        const int channel = of(to_axis);
        const int row = of(to_rows) - attr.win.pad_top,
                  column = of(to_rows + 1) - attr.win.pad_left;
        picture_element e;
        e.exact = e.rounded = static_cast<double>(attr.scalars[0]);
        e.is_inside = row >= 0 && row < h && column >= 0 && column < w;
        if (e.is_inside) {
            const auto flat_at = [&](int r, int c) {
                place from{};
                from[0] = at[0];
                from[static_cast<std::size_t>(from_axis)] = number(detail::picture_order + channel);
                from[static_cast<std::size_t>(rows_at)] = r;
                from[static_cast<std::size_t>(rows_at + 1)] = c;
                return flat(x.dims, from);
            };
            if (static_cast<resize_kind>(attr.kind) == resize_kind::nearest) {
                const auto take = [](int i, int in, int out) {
                    return static_cast<int>(std::int64_t{i} * in / out);
                };
                e.taps[0] = flat_at(take(row, in_h, h), take(column, in_w, w));
                e.shares[0] = 1;
                e.exact = e.rounded = x.at(e.taps[0]);
            } else {
                const picture_mix down(row, in_h, h), across(column, in_w, w);
                const double b = static_cast<double>(down.rest) / static_cast<double>(down.unit);
                const double a
                    = static_cast<double>(across.rest) / static_cast<double>(across.unit);
                e.exact = 0;
                for (int tap = 0; tap < 4; ++tap) {
                    const auto t = static_cast<std::size_t>(tap);
                    e.taps[t] = flat_at(
                        tap / 2 ? down.second : down.first, tap % 2 ? across.second : across.first);
                    e.shares[t] = (tap / 2 ? b : 1 - b) * (tap % 2 ? a : 1 - a);
                    if (e.shares[t] > 0) e.exact += e.shares[t] * x.at(e.taps[t]);
                }
                e.rounded = e.exact;
                if (attr.rounded == picture_rounding::nearest) {  // halves are seen as such
                    std::int64_t sum = 0;
                    for (int tap = 0; tap < 4; ++tap)
                        sum += static_cast<std::int64_t>(
                                   x.at(e.taps[static_cast<std::size_t>(tap)]))
                            * (tap / 2 ? down.rest : down.unit - down.rest)
                            * (tap % 2 ? across.rest : across.unit - across.rest);
                    e.rounded = static_cast<double>(even_quotient(sum, down.unit * across.unit));
                }
                if (attr.rounded == picture_rounding::fixed) {
                    std::int64_t sum = 0;
                    for (int k = 0; k < 2; ++k) {
                        const auto first = static_cast<std::size_t>(2 * k);
                        const std::int64_t along
                            = across.weight(false) * static_cast<std::int64_t>(x.at(e.taps[first]))
                            + across.weight(true)
                                * static_cast<std::int64_t>(x.at(e.taps[first + 1]));
                        sum += (down.weight(k == 1) * (along >> 4)) >> 16;
                    }
                    e.rounded = static_cast<double>(std::min<std::int64_t>(255, (sum + 2) >> 2));
                }
            }
        }
        const auto real = [&](int slot) {
            return static_cast<double>(std::bit_cast<float>(number(slot + channel)));
        };
        visit(index, e, real(detail::picture_factor), real(detail::picture_summand));
    });
}

inline void picture(const node& n, const operands& in, reference_tensor& out) {
    for_each_pixel(
        n, in[0], [&](std::size_t index, const picture_element& e, double factor, double summand) {
            out.set(index, factor * e.rounded + summand);
        });
}

/// What is rounded to whole numbers is computed in such, and exact.
inline void picture_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    for_each_pixel(
        n, in[0], [&](std::size_t index, const picture_element& e, double factor, double summand) {
            double before = 0, size = 0;
            for (std::size_t t = 0; t < 4 && e.is_inside; ++t) {
                if (!(e.shares[t] > 0)) continue;
                size += e.shares[t] * size_of(in[0].at(e.taps[t]));
                if (!in[0].spread.empty())
                    before += e.shares[t] * static_cast<double>(in[0].spread[e.taps[t]]);
            }
            const bool mixes = n.attr.rounded == picture_rounding::none
                && static_cast<resize_kind>(n.attr.kind) == resize_kind::bilinear;
            const double own = mixes && e.is_inside ? 6 * float_unit * size : 0;
            if (n.attr.rounded != picture_rounding::none && before > 0) before = unknown;
            if (is_integer(out.type)) {
                out.spread[index] = kept_spread(own + before);
                return;
            }
            const double y = size_of(static_cast<double>(out.values[index]));
            const double scaled
                = 2 * float_unit * (std::fabs(factor) * size_of(e.rounded) + std::fabs(summand));
            const bool is_moved = factor == 1 && summand == 0 && !mixes;
            out.spread[index] = kept_spread(root_of_squares(std::fabs(factor) * (own + before),
                is_moved ? 0 : scaled, is_moved && by.stores_floats() ? 0 : by.stored(y)));
        });
}

inline constexpr reference_row picture_row{op::picture, picture, picture_spread};

}  // namespace lamina::reference_op
