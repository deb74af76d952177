// SPDX-License-Identifier: Apache-2.0
// Spreads of functions of single elements: pointwise, binary, prelu, batch_norm, custom.
// Called by spread.hpp.
#pragma once
#include <lamina/reference/batch_norm.hpp>
#include <lamina/reference/binary.hpp>
#include <lamina/reference/custom.hpp>
#include <lamina/reference/pointwise.hpp>
#include <lamina/reference/prelu.hpp>
#include <lamina/reference/quantize.hpp>
#include <lamina/reference/row.hpp>
#include <lamina/reference/spread_parts.hpp>

#include <random>

namespace lamina::reference_op {

/// Functions that add 1 or 1/2 to an intermediate value: the result may be small although the rounded value
/// was not.
inline double size_inside(inner_size inner, double x) {
    switch (inner) {
    case inner_size::one:
        return 1;
    case inner_size::one_or_more:
        return std::fmax(1, x);
    case inner_size::argument:
        return x;
    case inner_size::none:
        break;
    }
    return 0;
}

/// What scaling and rounding of the argument moves y = f(x).
template <class Function>
double argument_spread(const function_traits& traits, const Function& f, double x, double y) {
    return traits.units > 0 ? moves(f, x, y, 4 * float_unit * size_of(x)) : 0;
}
/// How far a device's y = f(x) may be from the exact one.
inline double result_spread(const function_traits& traits, double x, double y) {
    const double units = traits.units, size = size_of(x);
    const double inside = units > 0 ? 4 * std::fmin(size_inside(traits.inner, size), 1 + size) : 0;
    return float_unit * (units * size_of(y) + inside);
}

/// Whole numbers and truth values are exact, or unknown where their bounds allow another one.
inline float whole_spread(double moved) { return moved > 0 ? unknown : 0; }

inline void pointwise_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const auto kind = static_cast<function>(n.attr.kind);
    const double a = static_cast<double>(n.attr.scalars[0]),
                 b = static_cast<double>(n.attr.scalars[1]);
    const auto f = [&](double x) { return apply(kind, x, a, b); };
    const function_traits& traits = row_of(kind).traits;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double x = in[0].at(i), y = f(x);
        if (is_integer(out.type)) {
            out.spread[i]
                = whole_spread(spread_through(f, x, y, static_cast<double>(in[0].spread[i])));
            continue;
        }
        const double before = spread_through(f, x, y, static_cast<double>(in[0].spread[i]));
        out.spread[i] = kept_spread(root_of_squares(before, argument_spread(traits, f, x, y),
            result_spread(traits, x, y) + by.stored(size_of(y))));
    }
}

inline void binary_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const auto kind = static_cast<function>(n.attr.kind);
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const std::size_t left = flat_broadcast(in[0].dims, n.dims, at),
                          right = flat_broadcast(in[1].dims, n.dims, at);
        const double a = in[0].at(left), b = in[1].at(right);
        const auto apply = [&](function of, double x, double e) {
            return reference_op::apply_to_two(of, x, e, n.attr.scalars[0]);
        };
        const double y = apply(kind, a, b);
        const double sa = in[0].spread[left], sb = in[1].spread[right];
        // Both may have errors, which are correlated if they come from one value.
        double before = 0;
        if (kind == function::add || kind == function::sub) {
            before = sa + sb;
        } else if (kind == function::mul) {
            before = sa * size_of(b) + sb * size_of(a) + allowed_spreads * sa * sb;
        } else if (sa > 0 || sb > 0) {
            for (const double step : {-1.0, 1.0}) {
                const double moved = a + step * allowed_spreads * sa;
                const auto f = [&](double x) { return apply(kind, moved, x); };
                const double there = f(b);
                double off = is_same(there, y) ? 0 : std::fabs(there - y);
                if (!std::isfinite(off)) off = unknown;
                before = std::fmax(before, off / allowed_spreads + spread_through(f, b, there, sb));
            }
            // A denominator that may be 0.
            if (kind == function::div && std::fabs(b) <= allowed_spreads * sb) before = unknown;
        }
        if (is_integer(out.type) || kind == function::masked_fill) {
            const bool kept = kind == function::masked_fill && !(sb > 0);
            out.spread[index] = kept ? (b != 0 ? 0 : static_cast<float>(sa)) : whole_spread(before);
            return;
        }
        const double on_the_way = kind == function::pow
            ? moves([&](double x) { return apply(kind, x, b); }, a, y, 4 * float_unit * size_of(a))
            : 0;
        const double own = row_of(kind).traits.units / 2.0 * float_unit * size_of(y);
        out.spread[index]
            = kept_spread(root_of_squares(before, on_the_way, own + by.stored(size_of(y))));
    });
}

inline void prelu_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const bool is_shared = in.weights[weight_slot].size() == 1;
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const double slope
            = in.weights[weight_slot][is_shared ? 0 : static_cast<std::size_t>(at[1])];
        const auto f = [&](double x) { return x > 0 ? x : slope * x; };
        const double x = in[0].values[index], y = f(x);
        out.spread[index] = kept_spread(
            root_of_squares(spread_through(f, x, y, static_cast<double>(in[0].spread[index])),
                2 * float_unit * size_of(y), by.stored(size_of(y))));
    });
}

/// Where the bound of x reaches a number halfway between two steps, both of them are right. Kernels multiply
/// before they round.
inline void quantize_spread(
    const node& n, const operands& in, const arithmetic&, reference_tensor& out) {
    const float scale = in.weights[weight_slot][0], zero = in.weights[bias_slot][0];
    const auto f = [&](double x) { return to_byte(static_cast<float>(x), scale, zero); };
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double x = in[0].at(i);
        const double own
            = root_of_squares(static_cast<double>(in[0].spread[i]), 2 * float_unit * size_of(x));
        out.spread[i] = kept_spread(spread_through(f, x, f(x), own));
    }
    (void)n;
}
/// Products of such numbers have the zero point in their shift, which is rounded at its own size.
inline void dequantize_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const double scale = static_cast<double>(in.weights[weight_slot][0]);
    const double zero = scale * static_cast<double>(in.weights[bias_slot][0]);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double y = size_of(static_cast<double>(out.values[i]));
        out.spread[i] = kept_spread(root_of_squares(scale * static_cast<double>(in[0].spread[i]),
            2 * float_unit * std::fmax(y, zero), by.stored(y)));
    }
    (void)n;
}

/// Whether folded into the weights before it or not: scale and shift are rounded, then the result. Folded,
/// the shift is where the sums begin.
inline void batch_norm_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    out.products = in[0].products;
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const auto channel = static_cast<std::size_t>(at[1]);
        const auto weight = [&](int slot, double otherwise) {
            const auto& values = in.weights[static_cast<std::size_t>(slot)];
            return values.empty() ? otherwise : static_cast<double>(values[channel]);
        };
        const double factor = weight(weight_slot, 1)
            / std::sqrt(weight(variance_slot, 1) + static_cast<double>(n.attr.scalars[0]));
        const double scale = std::fabs(factor), mean = weight(mean_slot, 0),
                     bias = weight(bias_slot, 0);
        const double own = 2 * float_unit
            * (scale * (size_of(in[0].values[index]) + size_of(mean)) + size_of(bias));
        const double start = start_error(in[0].products, bias - factor * mean);
        const double spread = in[0].spread[index];
        out.spread[index] = kept_spread(root_of_squares(spread > 0 ? scale * spread : 0,
            root_of_squares(own, start), by.stored(size_of(out.values[index]))));
    });
}

/// A user's function is evaluated to propagate its inputs' spreads; its own sums are assumed to be as large
/// as the largest result.
inline void custom_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    double largest = 0;
    for (const float y : out.values) largest = std::fmax(largest, size_of(static_cast<double>(y)));
    std::vector<double> most(out.values.size(), 0);
    std::minstd_rand signs(1);
    for (int time = 0; time < 4; ++time) {
        replaced other(in);
        for (std::size_t i = 0; i < in.inputs.size(); ++i) {
            std::vector<float> moved = in[i].values;
            for (std::size_t k = 0; k < moved.size(); ++k) {
                const double step = allowed_spreads * static_cast<double>(in[i].spread[k]);
                moved[k] = static_cast<float>(moved[k] + (signs() & 64 ? step : -step));
            }
            other.input(i, std::move(moved));
        }
        const std::vector<float> there = other.through(custom, n);
        for (std::size_t i = 0; i < most.size(); ++i) {
            const double y = static_cast<double>(out.values[i]),
                         now = static_cast<double>(there[i]);
            const double off = is_same(now, y) ? 0 : std::fabs(now - y);
            most[i] = std::isfinite(off) ? std::fmax(most[i], off) : unknown;
        }
    }
    for (std::size_t i = 0; i < most.size(); ++i)
        out.spread[i] = kept_spread(root_of_squares(2 * most[i] / allowed_spreads,
            16 * float_unit * largest, by.stored(size_of(out.values[i]))));
}

inline constexpr reference_row batch_norm_row{op::batch_norm, batch_norm, batch_norm_spread};
inline constexpr reference_row pointwise_row{op::pointwise, pointwise, pointwise_spread};
inline constexpr reference_row binary_row{op::binary, binary, binary_spread};
inline constexpr reference_row prelu_row{op::prelu, prelu, prelu_spread};
inline constexpr reference_row quantize_row{op::quantize, quantize, quantize_spread};
inline constexpr reference_row dequantize_row{op::dequantize, dequantize, dequantize_spread};
inline constexpr reference_row custom_row{op::custom, custom, custom_spread};

}  // namespace lamina::reference_op
