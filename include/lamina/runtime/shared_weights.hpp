// SPDX-License-Identifier: Apache-2.0
// Packed weights that plans of one network for several shapes have in common: finds the arrays of one plan among
// those of another, by recipe, and points its steps at them. Both plans have the same parameters, in one order.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <lamina/plan/records.hpp>

namespace lamina::detail {

inline bool same_folds(const std::vector<plan_fold>& a, const std::vector<plan_fold>& b) {
    return std::equal(
        a.begin(), a.end(), b.begin(), b.end(), [](const plan_fold& x, const plan_fold& y) {
            return x.weight == y.weight && x.bias == y.bias && x.mean == y.mean
                && x.variance == y.variance && x.eps == y.eps;
        });
}

/// Whether two recipes make the same bytes.
inline bool same_recipe(const plan_weight& a, const plan_weight& b) {
    const auto same_part = [](const plan_weight_part& x, const plan_weight_part& y) {
        return x.source == y.source && x.first == y.first && same_folds(x.folds, y.folds);
    };
    return a.source == b.source && a.role == b.role && a.axis == b.axis && a.dims == b.dims
        && a.type == b.type && a.tf32 == b.tf32 && a.group == b.group && a.constant == b.constant
        && a.bytes == b.bytes && a.transform == b.transform && a.bias == b.bias
        && a.input_scale == b.input_scale && a.input_zero_point == b.input_zero_point
        && std::ranges::equal(a.inner, b.inner) && std::ranges::equal(a.order, b.order)
        && std::ranges::equal(a.values, b.values) && same_folds(a.folds, b.folds)
        && std::ranges::equal(a.parts, b.parts, same_part);
}

/// Where the arrays of a plan are: among those of another, or behind each other in memory of their own.
struct array_places {
    struct place {
        std::uint64_t offset = 0;
        bool is_further = false;
    };
    std::vector<place> all;
    std::vector<plan_weight> further;  ///< those that the other plan lacks, with their offsets
    std::uint64_t further_bytes = 0;
};

inline array_places find_arrays(const plan_records& packed, const plan_records& wanted) {
    array_places out;
    std::size_t likely = 0;  // arrays mostly stand in one order
    for (const plan_weight& w : wanted.weights) {
        const std::size_t count = packed.weights.size();
        std::size_t tried = 0;
        while (tried < count && !same_recipe(packed.weights[(likely + tried) % count], w)) ++tried;
        if (tried < count) {
            const std::size_t found = (likely + tried) % count;
            out.all.push_back({packed.weights[found].offset, false});
            likely = found + 1;
            continue;
        }
        out.all.push_back({out.further_bytes, true});
        out.further.push_back(w);
        out.further.back().offset = out.further_bytes;
        out.further_bytes += (w.bytes + weight_alignment - 1) / weight_alignment * weight_alignment;
    }
    return out;
}

/// Moves the arrays of a plan, and what its steps read of them, to these places; index 1 is further memory.
inline void move_arrays(plan_records& plan, const array_places& places) {
    std::vector<std::uint64_t> before;  // one behind the other
    for (const plan_weight& w : plan.weights) before.push_back(w.offset);
    const auto move = [&](std::uint64_t& offset, std::uint32_t& index) {
        const auto behind = std::ranges::upper_bound(before, offset);
        const auto i = static_cast<std::size_t>(behind - before.begin()) - 1;
        offset = places.all[i].offset + (offset - before[i]);
        index = places.all[i].is_further;
    };
    for (plan_step& step : plan.steps)
        for (plan_argument& a : step.arguments)
            if (a.space == memory_space::weights) move(a.offset, a.index);
    for (plan_tensor& t : plan.tensors)
        if (t.space == memory_space::weights) move(t.offset, t.index);
    for (std::size_t i = 0; i < before.size(); ++i) plan.weights[i].offset = places.all[i].offset;
}

}  // namespace lamina::detail
