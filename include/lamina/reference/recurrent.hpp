// SPDX-License-Identifier: Apache-2.0
// op::recurrent on the CPU: step by step in doubles, with the spreads of all states where they are wanted.
#pragma once
#include <lamina/graph/recurrent_rule.hpp>
#include <lamina/reference/row.hpp>
#include <lamina/reference/spread_functions.hpp>
#include <lamina/reference/value.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace lamina::reference_op {

/// A number and how uncertain it is.
struct uncertain {
    double value = 0, spread = 0;
};

/// One direction of one row of the batch.
class recurrent_line {
public:
    recurrent_line(const node& n, const operands& in, const recurrent_extents& e,
        const arithmetic* bounded, int direction, int row)
        : in_(in), e_(e), by_(bounded), direction_(direction), row_(row),
          is_batch_first_(n.attr.axis == 1), functions_(functions_of(n)),
          h_(static_cast<std::size_t>(e.out)), c_(static_cast<std::size_t>(e.hidden)) {
        const auto begin = [&](std::size_t input, std::vector<uncertain>& state) {
            const std::size_t first
                = static_cast<std::size_t>(direction * e.rows + row) * state.size();
            for (std::size_t i = 0; i < state.size(); ++i) state[i] = number(input, first + i);
        };
        if (e.states > 0) begin(static_cast<std::size_t>(e.directions), h_);
        if (e.states > 1) begin(static_cast<std::size_t>(e.directions) + 1, c_);
    }

    const std::vector<uncertain>& h() const { return h_; }
    const std::vector<uncertain>& c() const { return c_; }

    void advance(int time) {
        time_ = time;
        const auto units = static_cast<std::size_t>(e_.hidden);
        std::vector<uncertain> next(units);
        const auto sums = product(0, h_, 0, e_.gates * e_.hidden);
        const auto gate = [&](std::size_t g, std::size_t u) { return sums[g * units + u]; };
        const auto x = [&](std::size_t g, std::size_t u) { return product_of_x(g * units + u); };
        std::vector<uncertain> scaled, update(units);
        switch (e_.kind) {
        case recurrent_kind::rnn_tanh:
        case recurrent_kind::rnn_relu:
            for (std::size_t u = 0; u < units; ++u) next[u] = opened(sum(gate(0, u), x(0, u)));
            break;
        case recurrent_kind::lstm:
            for (std::size_t u = 0; u < units; ++u) {
                const uncertain i = opened(peep(sum(gate(0, u), x(0, u)), 0, u)),
                                f = e_.couples ? sum({1, 0}, {-i.value, i.spread})
                                               : opened(peep(sum(gate(1, u), x(1, u)), 1, u)),
                                g = let_in(sum(gate(2, u), x(2, u)));
                c_[u] = sum(times(f, c_[u]), times(i, g));
                const uncertain o = opened(peep(sum(gate(3, u), x(3, u)), 2, u));
                next[u] = times(o, through(functions_.h, c_[u]));
            }
            break;
        case recurrent_kind::gru:
            for (std::size_t u = 0; u < units; ++u) {
                const uncertain r = opened(sum(gate(0, u), x(0, u))),
                                z = opened(sum(gate(1, u), x(1, u)));
                const uncertain n = let_in(sum(times(r, gate(2, u)), x(2, u)));
                next[u] = mixed(z, n, h_[u]);
            }
            break;
        case recurrent_kind::gru_reset_first:
            scaled = h_;
            for (std::size_t u = 0; u < units; ++u) {
                scaled[u] = times(opened(sum(gate(0, u), x(0, u))), h_[u]);
                update[u] = opened(sum(gate(1, u), x(1, u)));
            }
            const auto fresh = product(0, scaled, 2 * e_.hidden, e_.hidden);
            for (std::size_t u = 0; u < units; ++u)
                next[u] = mixed(update[u], let_in(sum(fresh[u], x(2, u))), h_[u]);
            break;
        }
        h_ = e_.has_projection ? product(2, next, 0, e_.out) : next;
    }

private:
    const operands& in_;
    const recurrent_extents& e_;
    const arithmetic* by_;
    int direction_, row_, time_ = 0;
    bool is_batch_first_;
    recurrent_functions functions_;
    std::vector<uncertain> h_, c_;

    uncertain number(std::size_t input, std::size_t i) const {
        const reference_tensor& x = in_[input];
        return {static_cast<double>(x.values[i]), by_ ? static_cast<double>(x.spread[i]) : 0};
    }
    uncertain product_of_x(std::size_t i) const {
        const int line = is_batch_first_ ? row_ * e_.steps + time_ : time_ * e_.rows + row_;
        return number(static_cast<std::size_t>(direction_),
            static_cast<std::size_t>(line) * static_cast<std::size_t>(e_.gates * e_.hidden) + i);
    }

    /// Rows first ... first + count - 1 of a direction's weights times a vector, with the bias of `part` 0.
    std::vector<uncertain> product(
        int part, const std::vector<uncertain>& by, int first, int count) const {
        const auto slot
            = [&](int k) { return static_cast<std::size_t>(recurrent_slot(direction_, k)); };
        const std::span<const float> weight = in_.weights[slot(part)], bias = in_.weights[slot(1)];
        const double factor = by_ ? by_->factor_unit() : 0,
                     adding = product_error(static_cast<double>(by.size()));
        std::vector<uncertain> out(static_cast<std::size_t>(count));
        for (std::size_t i = 0; i < out.size(); ++i) {
            const std::size_t line = static_cast<std::size_t>(first) + i;
            const double start = part == 0 && !bias.empty() ? static_cast<double>(bias[line]) : 0;
            double total = 0, errors = 0;
            for (std::size_t k = 0; k < by.size(); ++k) {
                const double w = weight[line * by.size() + k], term = w * by[k].value;
                total += term;
                if (!by_) continue;
                errors += w * w * by[k].spread * by[k].spread
                    + size_of(term) * size_of(term) * (2 * factor * factor + adding * adding);
            }
            out[i].value = total + start;
            if (!by_) continue;
            const double begins = start_error(static_cast<double>(by.size()), start);
            out[i].spread
                = root_of_squares(std::sqrt(errors), begins, float_unit * size_of(out[i].value));
        }
        return out;
    }

    /// What a gate gets with its part of c, if it reads that.
    uncertain peep(const uncertain& gate, std::size_t which, std::size_t unit) const {
        if (!e_.has_peepholes) return gate;
        const auto slot = static_cast<std::size_t>(recurrent_slot(direction_, 3));
        const double factor = in_.weights[slot][which * static_cast<std::size_t>(e_.hidden) + unit];
        return sum(gate, times({factor, 0}, c_[unit]));
    }
    uncertain sum(const uncertain& a, const uncertain& b) const {
        const double value = a.value + b.value;
        return {value, a.spread + b.spread + rounding(value)};
    }
    uncertain times(const uncertain& a, const uncertain& b) const {
        const double value = a.value * b.value;
        return {value, size_of(a.value) * b.spread + size_of(b.value) * a.spread + rounding(value)};
    }
    /// (1 - z) n + z h.
    uncertain mixed(const uncertain& z, const uncertain& n, const uncertain& h) const {
        const double value = (1 - z.value) * n.value + z.value * h.value;
        return {value,
            size_of(1 - z.value) * n.spread + size_of(z.value) * h.spread
                + size_of(h.value - n.value) * z.spread
                + 2 * rounding(size_of(n.value) + size_of(h.value))};
    }
    uncertain opened(const uncertain& x) const { return through(functions_.f, clipped(x)); }
    uncertain let_in(const uncertain& x) const { return through(functions_.g, clipped(x)); }
    uncertain clipped(const uncertain& x) const {
        const double most = static_cast<double>(e_.clip);
        if (!(most > 0)) return x;
        const auto f = [most](double v) { return std::clamp(v, -most, most); };
        return {f(x.value), spread_through(f, x.value, f(x.value), x.spread)};
    }
    uncertain through(const gate_function& by, const uncertain& x) const {
        const double a = static_cast<double>(by.scalars[0]), b = static_cast<double>(by.scalars[1]);
        const auto f = [&](double v) { return apply(by.kind, v, a, b); };
        const function_traits& traits = row_of(by.kind).traits;
        uncertain out{f(x.value), 0};
        if (by_)
            out.spread = spread_through(f, x.value, out.value, x.spread)
                + argument_spread(traits, f, x.value, out.value)
                + result_spread(traits, x.value, out.value);
        return out;
    }
    double rounding(double value) const { return by_ ? float_unit * size_of(value) : 0; }
};

/// All outputs; with `bounded` their spreads instead of their values.
inline void run_recurrent(
    const node& n, const operands& in, const arithmetic* bounded, outputs out) {
    const recurrent_extents e
        = extents_of(n, in.weight_dims[static_cast<std::size_t>(recurrent_slot(0, 0))]);
    const auto put
        = [&](reference_tensor& to, std::size_t first, const std::vector<uncertain>& from) {
              for (std::size_t i = 0; i < from.size(); ++i)
                  if (bounded)
                      to.spread[first + i] = kept_spread(
                          root_of_squares(from[i].spread, bounded->stored(size_of(from[i].value))));
                  else
                      to.values[first + i] = static_cast<float>(from[i].value);
          };
    for (int d = 0; d < e.directions; ++d)
        for (int row = 0; row < e.rows; ++row) {
            recurrent_line line(n, in, e, bounded, d, row);
            const int own = e.has_lengths
                ? in[in.inputs.size() - 1].indices[static_cast<std::size_t>(row)]
                : e.steps;
            const int steps = std::clamp(own, 0, e.steps);
            const std::vector<uncertain> nothing(line.h().size());
            for (int step = 0; step < e.steps; ++step) {
                const bool is_on = step < steps;
                const int time = is_on && n.attr.mask >> d & 1u ? steps - 1 - step : step;
                if (is_on) line.advance(time);
                const int at = n.attr.axis == 1 ? row * e.steps + time : time * e.rows + row;
                put(out[0], static_cast<std::size_t>((at * e.directions + d) * e.out),
                    is_on ? line.h() : nothing);
            }
            const auto last = static_cast<std::size_t>(d * e.rows + row);
            if (out.size() > 1) put(out[1], last * line.h().size(), line.h());
            if (out.size() > 2) put(out[2], last * line.c().size(), line.c());
        }
}
inline void recurrent(const node& n, const operands& in, outputs out) {
    run_recurrent(n, in, nullptr, out);
}
inline void recurrent_spread(const node& n, const operands& in, const arithmetic& by, outputs out) {
    run_recurrent(n, in, &by, out);
}

inline constexpr reference_row recurrent_row{op::recurrent, recurrent, recurrent_spread};

}  // namespace lamina::reference_op
