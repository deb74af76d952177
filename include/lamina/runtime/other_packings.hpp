// SPDX-License-Identifier: Apache-2.0
// Weights that are packed in more than one way: as opt's plan packs them, and, where memory is given for it
// (engine_options::packing_bytes), as plans of other shapes would. Used by engine_shapes.impl.hpp.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/runtime/cl.hpp>
#include <lamina/runtime/packed_weights.hpp>
#include <lamina/runtime/shape_source.hpp>
#include <lamina/runtime/shared_weights.hpp>

namespace lamina::detail {

/// Arrays that opt's plan does not have, for all shapes together.
struct other_packings {
    std::vector<plan_weight> arrays;  ///< with their places in `memory`
    std::uint64_t bytes = 0;
    opencl::buffer memory;
    std::vector<plan_view> plans;  ///< which the arrays' recipes are of

    /// Moves the arrays of a plan that opt's lacks to their places here. False if some are not here.
    bool place(array_places& places, const plan_records& plan) const {
        std::vector<std::uint64_t> found;
        for (std::size_t i = 0; i < plan.weights.size(); ++i) {
            if (!places.all[i].is_further) continue;
            const plan_weight* const same = find(plan.weights[i]);
            if (!same) return false;
            found.push_back(same->offset);
        }
        std::size_t next = 0;
        for (array_places::place& one : places.all)
            if (one.is_further) one.offset = found[next++];
        return true;
    }
    const plan_weight* find(const plan_weight& wanted) const {
        for (const plan_weight& w : arrays)
            if (same_recipe(w, wanted)) return &w;
        return nullptr;
    }
};

/// The arrays of the shapes that stand for all, as many shapes as `most` bytes are enough for. Constants are left out:
/// those that depend on a dim differ at each shape.
inline other_packings find_packings(
    const shape_source& source, const plan_records& opt, std::uint64_t most) {
    other_packings out;
    if (!source.planner || !source.planner->plan_own || !most) return out;
    for (const std::vector<int>& values : source.first) {
        const shape_words planned = source.planner->plan_own(values);
        if (!planned.fault.empty()) continue;
        const plan_view plan = plan_view::open(std::as_bytes(std::span(planned.words)));
        std::vector<plan_weight> fresh;
        std::uint64_t bytes = out.bytes;
        for (plan_weight& w : find_arrays(opt, *plan).further) {
            if (!w.values.empty() || out.find(w)) continue;
            w.offset = bytes;
            bytes += (w.bytes + weight_alignment - 1) / weight_alignment * weight_alignment;
            fresh.push_back(w);
        }
        if (fresh.empty() || bytes > most) continue;
        out.arrays.insert(out.arrays.end(), fresh.begin(), fresh.end());
        out.bytes = bytes;
        out.plans.push_back(plan);
    }
    return out;
}

/// A shape's plan, and where its arrays are.
struct planned_shape {
    plan_view plan;
    array_places places;
    bool has_other_packings = false;  ///< what opt's plan lacks is among those
};

/// With packings of its own if they are all there, else with those of opt.
/// Errors  LAM-R27 the network refuses the shape.
inline planned_shape plan_shape_beside(const shape_source& source, const plan_records& opt,
    const other_packings& others, const std::vector<int>& values) {
    if (!others.arrays.empty()) {
        const shape_words planned = source.planner->plan_own(values);
        if (planned.fault.empty()) {
            planned_shape own{plan_view::open(std::as_bytes(std::span(planned.words)),
                                  "the plan at " + values_text(source.dims, values)),
                {}, true};
            own.places = find_arrays(opt, *own.plan);
            if (others.place(own.places, *own.plan)) {
                own.places.further.clear();
                return own;
            }
        }
    }
    planned_shape out{source.plan(values), {}, false};
    out.places = find_arrays(opt, *out.plan);
    return out;
}

}  // namespace lamina::detail
