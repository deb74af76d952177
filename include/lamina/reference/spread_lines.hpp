// SPDX-License-Identifier: Apache-2.0
// Spreads of ops over windows, lines and sets: pool, reduce, resize, softmax, argmax, normalize; and
// of those that only move elements. Called by spread.hpp.
#pragma once
#include <lamina/reference/argmax.hpp>
#include <lamina/reference/normalize.hpp>
#include <lamina/reference/pool.hpp>
#include <lamina/reference/reduce.hpp>
#include <lamina/reference/resize.hpp>
#include <lamina/reference/softmax.hpp>
#include <lamina/reference/spread_products.hpp>

namespace lamina::reference_op {

inline std::vector<float> magnitudes(const reference_tensor& x) {
    std::vector<float> out(x.values.size());
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<float>(size_of(static_cast<double>(x.values[i])));
    return out;
}

/// Nodes that only move elements move the spreads too. Elements that `n` adds must be 0 here, the spread of
/// exact values.
template <class Op>
void moved_spread(Op op, const node& n, const operands& in, reference_tensor& out) {
    replaced other(in);
    for (std::size_t i = 0; i < in.inputs.size(); ++i)
        if (in[i].type == in[0].type) other.input(i, in[i].spread);  // not unpool's indices
    out.spread = other.through(op, n);
}
/// The same as a function of one row.
template <computation Move>
void moved(const node& n, const operands& in, const arithmetic&, reference_tensor& out) {
    moved_spread(Move, n, in, out);
}

/// Greatest or least values: whichever element is chosen, the result lies between those of `op` with all
/// elements at the lower and at the upper end of their bounds.
template <class Op>
void greatest_spread(
    Op op, const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const auto ends = [&](double sign) {
        std::vector<float> moved = in[0].values;
        for (std::size_t i = 0; i < moved.size(); ++i)
            if (const double step = allowed_spreads * static_cast<double>(in[0].spread[i]);
                step > 0)
                moved[i] = static_cast<float>(moved[i] + sign * step);
        replaced other(in);
        other.input(0, std::move(moved));
        return other.through(op, n);
    };
    const std::vector<float> low = ends(-1), high = ends(1);
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        const double y = static_cast<double>(out.values[i]);
        double most = 0;
        for (const float end : {low[i], high[i]})
            if (!is_same(static_cast<double>(end), y))
                most = std::fmax(most, std::fabs(static_cast<double>(end) - y));
        out.spread[i] = kept_spread(
            root_of_squares(most / allowed_spreads, std::isfinite(y) ? by.stored(size_of(y)) : 0));
    }
}

/// Sums and means of `terms` elements. Their errors may be correlated, so they add up.
template <class Op>
void mean_spread(Op op, std::size_t terms, const node& n, const operands& in, const arithmetic& by,
    reference_tensor& out) {
    replaced errors(in), sizes(in);
    errors.input(0, in[0].spread);
    sizes.input(0, magnitudes(in[0]));
    const std::vector<float> before = errors.through(op, n), size = sizes.through(op, n);
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        const double y = size_of(static_cast<double>(out.values[i]));
        out.spread[i] = kept_spread(root_of_squares(static_cast<double>(before[i]),
            sum_error(terms, static_cast<double>(size[i])) + 2 * float_unit * y, by.stored(y)));
    }
}

/// As argmax_spread, in windows.
inline void pool_index_spread(const node& n, const operands& in, reference_tensor& out) {
    const shape& from = in[0].dims;
    const bool whole = n.attr.indices == index_space::tensor;
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const std::size_t first = flat(from, at[0], at[1], 0, 0, 0);
        const auto found = static_cast<std::int64_t>(out.indices[index]);
        if (found < 0) return;
        const auto best = static_cast<std::size_t>(found) + (whole ? 0 : first);
        const auto reach
            = [&](std::size_t i) { return allowed_spreads * static_cast<double>(in[0].spread[i]); };
        const auto most = static_cast<double>(in[0].values[best]);
        spans_of(n, from, at).each([&](int slice, int row, int column) {
            const std::size_t i = flat(from, at[0], at[1], slice, row, column);
            const double both = reach(i) + reach(best);
            if (i != best && both > 0
                && std::fabs(most - static_cast<double>(in[0].values[i])) <= both)
                out.spread[index] = unknown;
        });
    });
}

inline void pool_spread(const node& n, const operands& in, const arithmetic& by, outputs out) {
    const auto kind = static_cast<pool_kind>(n.attr.kind);
    if (out.size() > 1) pool_index_spread(n, in, out[1]);
    if (kind == pool_kind::max || kind == pool_kind::adaptive_max)
        return greatest_spread(pool_values, n, in, by, out[0]);
    const window_extents from = extents_of(in[0].dims), to = extents_of(n.dims);
    const int terms = kind == pool_kind::average
        ? n.attr.win.kernel_d * n.attr.win.kernel_h * n.attr.win.kernel_w
        : (from.d / to.d + 2) * (from.h / to.h + 2) * (from.w / to.w + 2);
    mean_spread(pool_values, static_cast<std::size_t>(terms), n, in, by, out[0]);
}

/// Products: each factor's error meets the product of the others, and each multiplication rounds.
inline void product_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const shape& from = in[0].dims;
    shape kept = from;
    for (int axis = 0; axis < from.rank; ++axis)
        if (n.attr.mask >> axis & 1u) kept.at(axis) = 1;
    std::vector<double> products(out.size(), 1), spreads(out.size(), 0);
    for_each_place(from, [&](const place& at, std::size_t index) {
        const std::size_t to = flat_broadcast(kept, from, at);
        const double x = in[0].at(index), of_x = static_cast<double>(in[0].spread[index]);
        const double before = size_of(products[to]), spread = spreads[to];
        products[to] *= x;
        spreads[to] = root_of_squares(spread * size_of(x), before * of_x,
            root_of_squares(
                allowed_spreads * spread * of_x, 2 * float_unit * size_of(products[to])));
    });
    for (std::size_t i = 0; i < out.size(); ++i)
        out.spread[i] = kept_spread(
            root_of_squares(spreads[i], by.stored(size_of(static_cast<double>(out.values[i])))));
}

inline void reduce_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const auto kind = static_cast<reduce_kind>(n.attr.kind);
    if (is_integer(out.type)) {  // any, all: unknown where one of the truth values is
        node most = n;
        most.attr.kind = static_cast<int>(reduce_kind::max);
        reference_tensor uncertain(n.dims), spreads(in[0].dims);
        spreads.values = in[0].spread;
        operands of{{&spreads}, {}, {}};
        reduce(most, of, uncertain);
        out.spread = std::move(uncertain.values);
        return;
    }
    if (kind == reduce_kind::max || kind == reduce_kind::min)
        return greatest_spread(reduce, n, in, by, out);
    if (kind == reduce_kind::product) return product_spread(n, in, by, out);
    mean_spread(
        reduce, in[0].values.size() / std::max<std::size_t>(1, out.values.size()), n, in, by, out);
}

/// Interpolation: coordinates are rounded too, with errors proportional to the size of the image.
inline void resize_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    node same = n;
    same.attr.extrapolation = 0;
    if (static_cast<resize_kind>(n.attr.kind) == resize_kind::nearest)
        return moved_spread(resize, same, in, out);
    const shape& from = in[0].dims;
    std::vector<float> ranges(in[0].values.size());
    for_each_place(from, [&](const place& at, std::size_t index) {
        float low = in[0].values[index], high = low;
        for (int row = std::max(0, at[2] - 1); row <= std::min(from.h - 1, at[2] + 1); ++row)
            for (int c = std::max(0, at[3] - 1); c <= std::min(from.w - 1, at[3] + 1); ++c) {
                const float value = in[0].values[flat(from, at[0], at[1], row, c)];
                low = std::min(low, value);
                high = std::max(high, value);
            }
        ranges[index]
            = static_cast<float>(size_of(static_cast<double>(high) - static_cast<double>(low)));
    });
    // Some weights of the cubic are negative: the largest error of the inputs is assumed for each,
    // and their magnitudes add up to 1.5 along each axis, 2 at the edges.
    const bool is_plain = is_plain_resize(n.attr);
    const float shrink
        = std::min(shrink_of(n.attr, 0, from.h, n.dims.h), shrink_of(n.attr, 1, from.w, n.dims.w));
    const int reach = is_plain ? 0 : taps_of(n.attr, shrink) / 2 + 1;
    const double factor = static_cast<resize_kind>(n.attr.kind) == resize_kind::bicubic ? 4 : 1;
    const auto resized = [&](std::vector<float> numbers) {
        reference_tensor around(from);
        around.values = std::move(numbers);
        replaced other(in);
        other.input(0, is_plain ? std::move(around.values) : greatest_around(around, reach));
        return other.through(resize, same);
    };
    const std::vector<float> before = resized(in[0].spread), size = resized(magnitudes(in[0])),
                             step = resized(std::move(ranges));
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        const auto of = [&](const std::vector<float>& numbers) {
            return factor * std::fabs(static_cast<double>(numbers[i]));
        };
        const double own = float_unit * (4 * of(size) + 2 * (from.h + from.w) * of(step));
        out.spread[i] = kept_spread(root_of_squares(
            of(before), own, by.stored(size_of(static_cast<double>(out.values[i])))));
    }
}

inline void softmax_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const along_axis lines = along(n.dims, n.attr.axis);
    std::vector<double> shares(lines.extent), errors(lines.extent), below(lines.extent);
    for (std::size_t o = 0; o < lines.outer; ++o)
        for (std::size_t k = 0; k < lines.inner; ++k) {
            double most = -std::numeric_limits<double>::infinity(), sum = 0;
            for (std::size_t i = 0; i < lines.extent; ++i)
                most = std::max(most, static_cast<double>(in[0].values[lines.at(o, i, k)]));
            for (std::size_t i = 0; i < lines.extent; ++i) {
                const std::size_t at = lines.at(o, i, k);
                below[i] = static_cast<double>(in[0].values[at]) - most;
                shares[i] = std::isfinite(most) ? std::exp(below[i]) : 0;
                sum += shares[i];
                errors[i] = root_of_squares(
                    static_cast<double>(in[0].spread[at]), 2 * float_unit * size_of(below[i]));
            }
            double common = 0;
            for (std::size_t i = 0; i < lines.extent; ++i) {
                if (sum > 0) shares[i] /= sum;
                if (shares[i] > 0) common += shares[i] * shares[i] * errors[i] * errors[i];
            }
            const double log_sum = size_of(std::log(sum));
            const std::vector<double> exponents = errors;
            share_spreads(shares.data(), errors.data(), lines.extent);
            for (std::size_t i = 0; i < lines.extent; ++i) {
                const std::size_t at = lines.at(o, i, k);
                const double y = size_of(static_cast<double>(out.values[at]));
                const double rounding = sum_error(lines.extent, 1) + 4 * float_unit * (1 + log_sum);
                const double own = n.attr.log
                    ? root_of_squares(exponents[i], std::sqrt(common), rounding)
                    : errors[i];
                out.spread[at] = kept_spread(root_of_squares(own, by.stored(y)));
            }
        }
}

/// Indices are right or, if another candidate's bound overlaps the best one's, unknown.
inline void argmax_spread(
    const node& n, const operands& in, const arithmetic&, reference_tensor& out) {
    const along_axis lines = along(in[0].dims, n.attr.axis);
    for (std::size_t o = 0; o < lines.outer; ++o)
        for (std::size_t k = 0; k < lines.inner; ++k) {
            const std::size_t line = o * lines.inner + k;
            const auto value = [&](std::size_t i) {
                return static_cast<double>(in[0].values[lines.at(o, i, k)]);
            };
            const auto reach = [&](std::size_t i) {
                return allowed_spreads * static_cast<double>(in[0].spread[lines.at(o, i, k)]);
            };
            const auto best = static_cast<std::size_t>(out.indices[line]);
            for (std::size_t i = 0; i < lines.extent; ++i)
                if (i != best && reach(i) + reach(best) > 0
                    && std::fabs(value(best) - value(i)) <= reach(i) + reach(best))
                    out.spread[line] = unknown;
        }
}

/// Mean and deviation of a set inherit the errors of its elements and affect all of them.
inline void normalize_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const auto kind = static_cast<norm_kind>(n.attr.kind);
    const bool is_per_channel = kind == norm_kind::group || kind == norm_kind::instance;
    const int groups = kind == norm_kind::group ? n.attr.groups : n.dims.c;
    const std::size_t sets = is_per_channel
        ? static_cast<std::size_t>(n.dims.n) * static_cast<std::size_t>(groups)
        : cut(n.dims, n.attr.axis).rows;
    const std::size_t size = out.values.size() / std::max<std::size_t>(1, sets);
    const std::size_t inner = cut(n.dims, 2).columns;
    const auto count = static_cast<double>(size);
    const double eps = static_cast<double>(n.attr.scalars[0]);

    for (std::size_t set = 0; set < sets; ++set) {
        const float* x = in[0].values.data() + set * size;
        const float* spread = in[0].spread.data() + set * size;
        double mean = 0, square = 0, sizes = 0, errors = 0;
        for (std::size_t i = 0; i < size; ++i) {
            mean += x[i];
            sizes += size_of(static_cast<double>(x[i]));
            errors += static_cast<double>(spread[i]) * static_cast<double>(spread[i]);
        }
        mean = kind == norm_kind::rms ? 0 : mean / count;
        for (std::size_t i = 0; i < size; ++i) square += (x[i] - mean) * (x[i] - mean);
        const double deviation = std::sqrt(square / count + eps);
        // The mean itself is a rounded sum.
        const double mean_error = kind == norm_kind::rms
            ? 0
            : sum_error(size, sizes / count) + 2 * float_unit * size_of(mean);
        const double centre = std::sqrt(errors) / count;
        double leaning = 0;  // of the deviation on the errors
        for (std::size_t i = 0; i < size; ++i) {
            const double off = (x[i] - mean) / deviation * static_cast<double>(spread[i]);
            leaning += off * off;
        }
        // Where errors are as large as the deviation itself, it may be that much smaller.
        const double typical = root_of_squares(std::sqrt(errors / count), mean_error);
        const double least = std::sqrt(
            std::pow(std::fmax(0, std::sqrt(square / count) - allowed_spreads * typical), 2) + eps);
        const double factor_error = std::sqrt(leaning) / count / least + sum_error(size, 1)
            + 4 * float_unit + mean_error * mean_error * allowed_spreads / (least * least);
        for (std::size_t i = 0; i < size; ++i) {
            const std::size_t index = set * size + i;
            const std::size_t slot
                = is_per_channel ? index / inner % static_cast<std::size_t>(n.dims.c) : i;
            const double weight = in.weights[weight_slot].empty()
                ? 1
                : std::fabs(static_cast<double>(in.weights[weight_slot][slot]));
            const double bias = in.weights[bias_slot].empty()
                ? 0
                : size_of(static_cast<double>(in.weights[bias_slot][slot]));
            const double off = size_of(static_cast<double>(x[i]) - mean) / least;
            const double own = weight
                * root_of_squares(
                    root_of_squares(static_cast<double>(spread[i]), centre, mean_error) / least,
                    off * factor_error, 2 * float_unit * (off + size_of(mean) / least));
            out.spread[index] = kept_spread(root_of_squares(own, 2 * float_unit * bias,
                by.stored(size_of(static_cast<double>(out.values[index])))));
        }
    }
}

inline constexpr reference_row pool_row{op::pool, pool, pool_spread};
inline constexpr reference_row resize_row{op::resize, resize, resize_spread};
inline constexpr reference_row softmax_row{op::softmax, softmax, softmax_spread};
inline constexpr reference_row reduce_row{op::reduce, reduce, reduce_spread};
inline constexpr reference_row argmax_row{op::argmax, argmax, argmax_spread};
inline constexpr reference_row normalize_row{op::normalize, normalize, normalize_spread};

}  // namespace lamina::reference_op
