// SPDX-License-Identifier: Apache-2.0
// op::gather and op::scatter on the CPU: reading and writing where indices say.
#pragma once
#include <lamina/reference/spread_lines.hpp>
#include <lamina/reference/value.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace lamina::reference_op {

/// The place in x that indices name for a place of the output (gather) or of the updates (scatter); nothing
/// if it lies outside. `tuple(i)` tells of each index that is read.
template <class Seen>
std::optional<std::size_t> named_place(const attributes& attr, const shape& x,
    const reference_tensor& indices, const place& result, Seen seen) {
    const auto slot = [](int axis) { return static_cast<std::size_t>(axis); };
    const bool is_tuples = attr.form == index_form::tuples;
    const bool by_axis = attr.form == index_form::axis;
    const int rank = indices.dims.rank, places = is_tuples ? rank - 1 : rank;
    const int first = attr.axis, count = is_tuples ? indices.dims[places] : 1;
    place own{}, from{};
    for (int axis = 0; axis < places; ++axis)
        own[slot(axis)] = result[slot(by_axis ? first + axis : axis)];
    for (int axis = 0; axis < x.rank; ++axis) {
        const int behind = axis - first - count;
        from[slot(axis)] = result[slot(behind < 0 || attr.form == index_form::elements ? axis
                : by_axis ? first + places + behind
                          : places + behind)];
    }
    for (int k = 0; k < count; ++k) {
        if (is_tuples) own[slot(places)] = k;
        const std::size_t at = flat(indices.dims, own);
        seen(at);
        const int extent = x[first + k], index = indices.indices[at];
        const int i = index < 0 ? index + extent : index;
        if (i < 0 || i >= extent) return std::nullopt;
        from[slot(first + k)] = i;
    }
    return flat(x, from);
}

inline void gather(const node& n, const operands& in, reference_tensor& out) {
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        if (const auto from = named_place(n.attr, in[0].dims, in[1], at, [](std::size_t) {}))
            copy_element(in[0], *from, out, index);
    });
}

/// Spreads move with the values; where an index is unknown, so is the value.
inline void gather_spread(
    const node& n, const operands& in, const arithmetic&, reference_tensor& out) {
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        bool is_known = true;
        const auto from = named_place(n.attr, in[0].dims, in[1], at,
            [&](std::size_t i) { is_known = is_known && !std::isinf(in[1].spread[i]); });
        out.spread[index] = !is_known ? unknown : from ? in[0].spread[*from] : 0.0f;
    });
}

/// Calls visit(element of the output, update) for each update inside, in their order. A place of the
/// updates is one of what gather would give.
template <class Visit> void for_each_update(const node& n, const operands& in, Visit visit) {
    for_each_place(in[2].dims, [&](const place& at, std::size_t update) {
        bool is_known = true;
        const auto to = named_place(n.attr, n.dims, in[1], at, [&](std::size_t i) {
            is_known = is_known && (in[1].spread.empty() || !std::isinf(in[1].spread[i]));
        });
        visit(to, update, is_known);
    });
}

inline double combined(combine_kind by, double own, double update) {
    switch (by) {
    case combine_kind::add:
        return own + update;
    case combine_kind::mul:
        return own * update;
    case combine_kind::min:
        return update < own || std::isnan(update) ? update : own;
    case combine_kind::max:
        return update > own || std::isnan(update) ? update : own;
    default:
        return update;
    }
}

inline void scatter(const node& n, const operands& in, reference_tensor& out) {
    std::vector<double> values(in[0].size());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = in[0].at(i);
    for_each_update(n, in, [&](const auto& to, std::size_t update, bool) {
        if (to) values[*to] = combined(n.attr.combine, values[*to], in[2].at(update));
    });
    for (std::size_t i = 0; i < values.size(); ++i) out.set(i, values[i]);
}

/// Each update that is added or multiplied rounds once in floats and once as it is stored.
inline void scatter_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const combine_kind kind = n.attr.combine;
    bool all_known = true;
    std::vector<double> values(in[0].size()), spreads(in[0].size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = in[0].at(i);
        spreads[i] = static_cast<double>(in[0].spread[i]);
    }
    for_each_update(n, in, [&](const auto& to, std::size_t update, bool is_known) {
        all_known = all_known && is_known;
        if (!to) return;
        const double own = values[*to], u = in[2].at(update);
        const double of_update = static_cast<double>(in[2].spread[update]);
        double& spread = spreads[*to];
        values[*to] = combined(kind, own, u);
        const double rounding
            = root_of_squares(float_unit * size_of(values[*to]), by.stored(size_of(values[*to])));
        if (kind == combine_kind::replace)
            spread = of_update;
        else if (kind == combine_kind::add)
            spread = root_of_squares(spread, of_update, rounding);
        else if (kind == combine_kind::mul)
            spread = root_of_squares(spread * size_of(u), of_update * size_of(own),
                root_of_squares(rounding, allowed_spreads * spread * of_update));
        else
            spread = std::fmax(spread, of_update);
    });
    for (std::size_t i = 0; i < spreads.size(); ++i)
        out.spread[i] = all_known ? kept_spread(spreads[i]) : unknown;
}

inline constexpr reference_row gather_row{op::gather, gather, gather_spread};
inline constexpr reference_row scatter_row{op::scatter, scatter, scatter_spread};

}  // namespace lamina::reference_op
