// SPDX-License-Identifier: Apache-2.0
// Shared by the spread_*.hpp: ops applied to other numbers, functions of uncertain values.
#pragma once
#include <lamina/reference/bound.hpp>
#include <lamina/reference/value.hpp>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace lamina::reference_op {

/// The unit of the arithmetic itself, which is always fp32.
inline constexpr double float_unit = 0x1p-24;

/// The spread of an element whose value is unknown.
inline constexpr float unknown = std::numeric_limits<float>::infinity();

/// A spread as it is kept: never NaN.
inline float kept_spread(double spread) {
    return spread >= 0 && spread < static_cast<double>(std::numeric_limits<float>::max())
        ? static_cast<float>(spread)
        : unknown;
}

/// The combination of independent errors.
inline double root_of_squares(double a, double b, double c = 0) {
    return std::sqrt(a * a + b * b + c * c);
}

/// Numbers that an op can be applied to instead of its inputs and weights: magnitudes, squares and spreads
/// take the same path as values.
class replaced {
public:
    explicit replaced(const operands& from) : in_(from) {
        inputs_.reserve(from.inputs.size());
        weights_.reserve(parameter_slots);
    }
    void input(std::size_t i, std::vector<float> values) {
        input(i, std::move(values), in_[i].dims);
    }
    void input(std::size_t i, std::vector<float> values, const shape& dims) {
        reference_tensor& made = inputs_.emplace_back();
        made.dims = dims;
        made.values = std::move(values);
        in_.inputs[i] = &made;
    }
    void weight(std::size_t slot, std::vector<float> values) {
        in_.weights[slot] = weights_.emplace_back(std::move(values));
    }
    void no_weight(std::size_t slot) { in_.weights[slot] = {}; }

    template <class Op> std::vector<float> through(Op op, const node& n) const {
        reference_tensor out(n.dims);
        op(n, in_, out);
        return std::move(out.values);
    }

private:
    operands in_;
    std::vector<reference_tensor> inputs_;
    std::vector<std::vector<float>> weights_;
};

/// Numbers as floats of about 1 with a common factor, so that squares of small ones do not vanish.
struct scaled {
    std::vector<float> numbers;
    double factor = 1;

    explicit scaled(const std::vector<double>& from) {
        double most = 0;
        for (const double number : from)
            if (std::isfinite(number)) most = std::fmax(most, std::fabs(number));
        factor = most > 0 ? most : 1;
        numbers.reserve(from.size());
        for (const double number : from) numbers.push_back(static_cast<float>(number / factor));
    }
};

/// The magnitudes of finite numbers; rounding does not concern the others.
inline double size_of(double value) { return std::isfinite(value) ? std::fabs(value) : 0; }

inline bool is_same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// How far f moves away from y = f(x) while x moves by `reach` to either side.
template <class Function> double moves(const Function& f, double x, double y, double reach) {
    if (!(reach > 0)) return 0;
    double most = 0;
    for (const double share : {-1.0, -0.5, 0.5, 1.0}) {
        const double other = f(x + share * reach);
        if (is_same(other, y)) continue;
        const double off = std::fabs(other - y);
        if (!std::isfinite(off)) return unknown;
        most = std::fmax(most, off);
    }
    return most;
}

/// The spread of f(x), with f evaluated at both ends of x's bound, which also covers functions that are
/// nonlinear or discontinuous within it.
template <class Function>
double spread_through(const Function& f, double x, double y, double spread) {
    return moves(f, x, y, allowed_spreads * spread) / allowed_spreads;
}

/// The error of adding up `terms` fp32 numbers whose magnitudes sum to `size`: a random walk of
/// half-unit steps along partial sums that may all be that large.
inline double sum_error(std::size_t terms, double size) {
    return 0.4 * float_unit * std::sqrt(static_cast<double>(terms)) * size;
}

/// What adding up products costs, as a factor of the root of their summed squares: partial sums
/// wander like that root, and each addition rounds one of them.
inline double product_error(double terms) { return float_unit * std::sqrt(terms); }

/// What it costs that such a sum begins at a bias: each addition rounds a partial sum of about that
/// size, however small the products are.
inline double start_error(double products, double bias) {
    return std::fmax(1, std::sqrt(products)) * float_unit * size_of(bias);
}

}  // namespace lamina::reference_op
