// SPDX-License-Identifier: Apache-2.0
// Spreads of sums of products: convolutions, linear, matmul, attention.
// Called by spread.hpp.
#pragma once
#include <lamina/reference/attention.hpp>
#include <lamina/reference/conv2d.hpp>
#include <lamina/reference/conv_transpose2d.hpp>
#include <lamina/reference/linear.hpp>
#include <lamina/reference/matmul.hpp>
#include <lamina/reference/row.hpp>
#include <lamina/reference/spread_parts.hpp>

#include <algorithm>

namespace lamina::reference_op {

/// (spread^2 + factor * value^2) of each element.
inline std::vector<double> squared_errors(const reference_tensor& x, double factor) {
    std::vector<double> out(x.values.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double value = size_of(x.values[i]), spread = x.spread[i];
        out[i] = spread * spread + factor * value * value;
    }
    return out;
}

/// Squares of the weights.
inline std::vector<double> squared(std::span<const float> weights) {
    std::vector<double> out(weights.begin(), weights.end());
    for (double& w : out) w *= w;
    return out;
}

/// The greatest magnitude up to `reach` pixels away in each direction.
inline std::vector<float> greatest_around(const reference_tensor& x, int reach) {
    const auto along_one = [&](std::vector<float> from, int axis) {
        const along_axis lines = along(x.dims, axis);
        std::vector<float> to(from.size());
        const int extent = static_cast<int>(lines.extent);
        for (std::size_t o = 0; o < lines.outer; ++o)
            for (std::size_t k = 0; k < lines.inner; ++k)
                for (int i = 0; i < extent; ++i) {
                    float most = 0;
                    for (int j = std::max(0, i - reach); j <= std::min(extent - 1, i + reach); ++j)
                        most = std::max(most, from[lines.at(o, static_cast<std::size_t>(j), k)]);
                    to[lines.at(o, static_cast<std::size_t>(i), k)] = most;
                }
        return to;
    };
    std::vector<float> sizes(x.values.size());
    for (std::size_t i = 0; i < sizes.size(); ++i)
        sizes[i] = std::isnan(x.values[i]) ? 0 : std::fabs(x.values[i]);
    const int rows = x.dims.rank - 2;
    return along_one(along_one(std::move(sizes), rows), rows + 1);
}

/// Winograd's transforms multiply by numbers up to 5.25 (inputs) and 32 (outputs) and cancel again,
/// and what they made is added up over the channels: how much more that errs than one direct
/// product, over the root of the channels. Measured as the largest error of random numbers behind a
/// relu, 1.5 of these spreads.
inline double winograd_growth(int tile) { return tile >= 6 ? 20 : tile >= 4 ? 16 : 4; }

/// Squares of what transforming adds to each output of a 3x3 convolution: every input of a tile
/// reaches every output of it.
inline std::vector<double> winograd_errors(const node& n, const operands& in, int tile) {
    // Of each output's centre; one that lies in the padding shares a tile with the nearest inside.
    const shape& from = in[0].dims;
    shape centres = n.dims;
    centres.c = from.c;
    const window_extents extents = extents_of(from);
    const std::vector<float> around = greatest_around(in[0], tile + 1);
    std::vector<double> sizes;
    for_each_place(centres, [&](const place& at, std::size_t) {
        const auto rows = static_cast<std::size_t>(from.rank) - 2;
        const int row = std::clamp(at[rows] - n.attr.win.pad_top + 1, 0, extents.h - 1);
        const int column = std::clamp(at[rows + 1] - n.attr.win.pad_left + 1, 0, extents.w - 1);
        const int slice = from.rank == 5 ? at[2] : 0;
        const double size
            = size_of(static_cast<double>(around[flat(from, at[0], at[1], slice, row, column)]));
        sizes.push_back(size * size);
    });
    // The nine taps of a filter become the one tap of a 1x1 filter.
    const std::vector<double> squares = squared(in.weights[weight_slot]);
    std::vector<double> taps(squares.size() / 9);
    for (std::size_t i = 0; i < squares.size(); ++i) taps[i / 9] += squares[i];
    node one = n;
    window& win = one.attr.win;
    win.kernel_h = win.kernel_w = 1;
    win.pad_top = win.pad_left = win.pad_bottom = win.pad_right = 0;
    const scaled x(sizes), w(taps);
    replaced other(in);
    other.input(0, x.numbers, centres);
    other.weight(weight_slot, w.numbers);
    other.no_weight(bias_slot);
    const double unit = winograd_growth(tile) * product_error(in[0].dims.c + 16.0);
    std::vector<double> out;
    for (const float sum : other.through(conv2d, one))
        out.push_back(static_cast<double>(sum) * x.factor * w.factor * unit * unit);
    return out;
}

inline bool may_be_transformed(const node& n) {
    const window& win = n.attr.win;
    return n.kind == op::conv2d && n.attr.groups == 1 && win.kernel_d == 1 && win.stride_d == 1
        && win.pad_front == 0 && win.pad_back == 0 && win.kernel_h == 3 && win.kernel_w == 3
        && win.stride_h == 1 && win.stride_w == 1 && win.dilation_h == 1 && win.dilation_w == 1;
}

/// A layer of weights: `op` is conv2d, conv_transpose2d or linear, `terms` how many products it
/// adds up. Squares of errors go through it with the squares of the weights.
template <class Op>
void weighted_spread(Op op, double terms, const node& n, const operands& in, const arithmetic& by,
    reference_tensor& out) {
    // Weights are rounded too; inputs as they are stored, and once more in matrix units.
    const double factor = by.factor_unit(), adding = product_error(terms);
    const scaled x(
        squared_errors(in[0], factor * factor * (by.rounds_products ? 2 : 1) + adding * adding)),
        w(squared(in.weights[weight_slot]));
    replaced other(in);
    other.input(0, x.numbers);
    other.weight(weight_slot, w.numbers);
    other.no_weight(bias_slot);
    const std::vector<float> sums = other.through(op, n);
    std::vector<double> transformed;
    if (by.winograd && may_be_transformed(n)) transformed = winograd_errors(n, in, by.winograd);
    out.products = terms;
    const std::size_t inner = n.kind == op::linear ? 1 : cut(n.dims, 2).columns;
    const auto channels
        = static_cast<std::size_t>(n.kind == op::linear ? n.dims[n.dims.rank - 1] : n.dims.c);
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        double square = static_cast<double>(sums[i]) * x.factor * w.factor;
        if (!transformed.empty()) square += transformed[i];
        const double y = size_of(out.values[i]), last = adding * y, kept = by.stored(y);
        const double bias = in.weights[bias_slot].empty()
            ? 0
            : start_error(terms, in.weights[bias_slot][i / inner % channels]);
        out.spread[i] = kept_spread(std::sqrt(square + last * last + kept * kept + bias * bias));
    }
}

inline double terms_of(const node& n, const operands& in) {
    const shape& w = in.weight_dims[weight_slot];
    const double all = static_cast<double>(w.count());
    if (n.kind == op::conv_transpose2d)
        return all / w[1] / n.attr.groups;  // an output may see any channel of its group
    return all / w[0];
}

/// Sums of weights times values.
template <computation Product>
void weighted(const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    weighted_spread(Product, terms_of(n, in), n, in, by, out);
}

/// Each operand's error times the other operand.
inline void matmul_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const shape& a = in[0].dims;
    const double factor = by.rounds_products ? 2 * by.factor_unit() : 0;
    const double adding
        = std::hypot(product_error(a[a.rank - (n.attr.transpose_a ? 2 : 1)]), factor);
    const scaled a_squares(squared_errors(in[0], adding * adding)),
        a_errors(squared_errors(in[0], 0)), b_errors(squared_errors(in[1], 0)),
        a_values(squared(in[0].values)), b_values(squared(in[1].values));
    const auto product = [&](const scaled& left, const scaled& right) {
        replaced other(in);
        other.input(0, left.numbers);
        other.input(1, right.numbers);
        return other.through(matmul, n);
    };
    const std::vector<float> first = product(a_squares, b_values),
                             second = product(a_values, b_errors);
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        const double y = size_of(out.values[i]), last = adding * y, kept = by.stored(y);
        const double square = static_cast<double>(first[i]) * a_squares.factor * b_values.factor
            + static_cast<double>(second[i]) * a_values.factor * b_errors.factor;
        out.spread[i] = kept_spread(std::sqrt(square + last * last + kept * kept));
    }
}

/// Of a row of softmax: `p` the shares, `exponents` the spreads of what is put into exp, which come
/// out as the spreads of the shares. A sum of many shares with errors is off by their mean.
inline void share_spreads(const double* p, double* exponents, std::size_t count) {
    double common = 0;
    for (std::size_t i = 0; i < count; ++i)
        if (p[i] > 0) common += p[i] * p[i] * exponents[i] * exponents[i];
    const double rounding = float_unit * (4 + 0.4 * std::sqrt(static_cast<double>(count)));
    for (std::size_t i = 0; i < count; ++i) {
        if (!(p[i] > 0)) {  // exp of -infinity, or too small for a float
            exponents[i] = 0;
            continue;
        }
        const double all = std::sqrt(exponents[i] * exponents[i] + common + rounding * rounding);
        const double reach = allowed_spreads * all;
        exponents[i] = std::isfinite(reach)
            ? std::min(
                  p[i] * (reach < 0.1 ? all : std::expm1(std::min(reach, 100.0)) / allowed_spreads),
                  1 / allowed_spreads)
            : 1 / allowed_spreads;
    }
}

/// Scores, their exponentials, and the mean of values by these shares.
inline void attention_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const shape batches = leading(n.dims);
    std::vector<reference_tensor> spreads;
    for (const reference_tensor* x : in.inputs) {
        reference_tensor& made = spreads.emplace_back(x->dims);
        made.values = x->spread;
    }
    const auto squares = [](const matrix& m) -> matrix { return m.array().square().matrix(); };
    const double scale = static_cast<double>(n.attr.scalars[0]);
    for_each_place(batches, [&](const place& at, std::size_t index) {
        const matrix q = load_last_axes(in[0], batches, at), k = load_last_axes(in[1], batches, at),
                     v = load_last_axes(in[2], batches, at);
        const matrix sq = squares(load_last_axes(spreads[0], batches, at)),
                     sk = squares(load_last_axes(spreads[1], batches, at)),
                     sv = squares(load_last_axes(spreads[2], batches, at));
        const double factor = by.rounds_products ? 2 * by.factor_unit() : 0;
        const double adding = std::hypot(product_error(static_cast<double>(q.cols())), factor);
        matrix scores = q * k.transpose() * scale;
        matrix errors = (squares(q) * sk.transpose()
                            + (sq + squares(q) * adding * adding) * squares(k).transpose())
            * scale * scale;
        shape result = batches;
        result.push(static_cast<int>(scores.rows())).push(static_cast<int>(scores.cols()));
        place score = at;
        for (int i = 0; i < scores.rows(); ++i)
            for (int j = 0; j < scores.cols(); ++j) {
                score[static_cast<std::size_t>(batches.rank)] = i;
                score[static_cast<std::size_t>(batches.rank) + 1] = j;
                double mask = 0;
                if (n.attr.mask & with_mask) {
                    const std::size_t m = flat_broadcast(in[3].dims, result, score);
                    mask = in[3].values[m];
                    const double spread = in[3].spread[m];
                    if (std::isfinite(mask)) errors(i, j) += spread * spread;
                }
                scores(i, j) += mask;
                if (!keys_of(n, in, at, i).has(j))
                    scores(i, j) = -std::numeric_limits<double>::infinity();
            }
        for (int i = 0; i < scores.rows(); ++i) {
            const double most = scores.row(i).maxCoeff();
            for (int j = 0; j < scores.cols(); ++j) {
                const double below = size_of(scores(i, j) - most);
                // The maximum and the difference are rounded, and exp's argument is a product.
                const double rounding = 2 * float_unit * (below + size_of(most));
                errors(i, j) = std::sqrt(errors(i, j) + rounding * rounding);
                scores(i, j) = std::isfinite(most) ? std::exp(scores(i, j) - most) : 0;
            }
            const double sum = scores.row(i).sum();
            if (sum > 0) scores.row(i) /= sum;
            share_spreads(scores.data() + i * scores.cols(), errors.data() + i * errors.cols(),
                static_cast<std::size_t>(scores.cols()));
        }
        // Matrix units take the shares as rounded factors.
        const double mixing
            = std::hypot(product_error(static_cast<double>(scores.cols())), 2 * by.factor_unit());
        const matrix shares = squares(scores),
                     sums = (squares(errors) + shares * mixing * mixing) * squares(v) + shares * sv;
        const std::size_t first = index * static_cast<std::size_t>(sums.size());
        for (std::size_t i = 0; i < static_cast<std::size_t>(sums.size()); ++i) {
            const double y = size_of(out.values[first + i]), last = mixing * y, kept = by.stored(y);
            out.spread[first + i]
                = kept_spread(std::sqrt(sums.data()[i] + last * last + kept * kept));
        }
    });
}

inline constexpr reference_row conv2d_row{op::conv2d, conv2d, weighted<conv2d>};
inline constexpr reference_row conv_transpose2d_row{
    op::conv_transpose2d, conv_transpose2d, weighted<conv_transpose2d>};
inline constexpr reference_row linear_row{op::linear, linear, weighted<linear>};
inline constexpr reference_row matmul_row{op::matmul, matmul, matmul_spread};
inline constexpr reference_row attention_row{op::attention, attention, attention_spread};

}  // namespace lamina::reference_op
