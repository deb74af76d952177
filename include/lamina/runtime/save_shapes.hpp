// SPDX-License-Identifier: Apache-2.0
// Writes several shapes of an engine as one file: the plan of its own shape, and in it those of the others, which
// share its texts and packed weights. Called by engine::save.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <lamina/plan/read.hpp>
#include <lamina/plan/rewrite.hpp>
#include <lamina/runtime/build_programs.hpp>
#include <lamina/runtime/engine_shapes.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/fold_weights.hpp>
#include <lamina/runtime/save_plan.hpp>
#include <lamina/runtime/shared_weights.hpp>
#include <lamina/runtime/timed_choice.hpp>

namespace lamina::detail {

/// The plans of a file with several shapes, while it is made.
class shapes_to_save {
public:
    /// The first of `values` is that of the file's own plan.
    shapes_to_save(const engine_shapes& all, std::vector<std::vector<int>> values)
        : all_(all), first_(*all.first), values_(std::move(values)), packed_(*first_.plan) {
        for (const std::vector<int>& each : values_) add(each);
        plan_records& own = plans_.front();
        own.prelude = prelude_of(own);
        for (plan_kernel& k : own.kernels) k.text = text_of(k);
        own.weights = packed_.weights;
        own.parameters = first_.plan->parameters;
        own.segment = {};
        for (plan_records& plan : plans_) plan.weight_bytes = packed_.weight_bytes;
        for (std::size_t i = 1; i < plans_.size(); ++i) share_texts(plans_[i]);
        pack_further();
    }

    std::vector<plan_records>& plans() { return plans_; }
    std::span<const std::byte> further() const { return further_; }

    /// The plan of the file, with the others in it.
    plan_records joined() {
        plan_records out = plans_.front();
        if (plans_.size() == 1) return out;
        const shape_source& source = *all_.source;
        for (std::size_t i = 0; i < source.dims.size(); ++i) {
            const plan_dim& d = source.dims[i];
            out.dims.push_back({d.at.view(), d.min, values_[0][i], d.max, d.step});
        }
        axes_.clear();
        for (const plan_binding& b : out.inputs)
            for (const int d : source.axes_of(b.name)) axes_.push_back(d);
        out.axes = axes_;
        for (std::size_t i = 1; i < plans_.size(); ++i)
            out.shapes.push_back({values_[i], bytes_.emplace_back(rewrite_plan(plans_[i]))});
        return out;
    }

private:
    const engine_shapes& all_;
    const engine_state& first_;
    std::vector<std::vector<int>> values_;
    std::vector<plan_view> views_;  ///< of what records refer to
    std::vector<plan_records> plans_;
    plan_records packed_;  ///< its arrays: those of opt, and what other shapes have beside them
    std::vector<std::byte> further_;
    std::vector<std::int32_t> axes_;
    std::list<std::vector<std::byte>> bytes_;

    void add(const std::vector<int>& values) {
        views_.push_back(values == opt_values(all_.source->dims)
                ? first_.plan
                : plan_shape_beside(*all_.source, *first_.plan, all_.packings, values).plan);
        plan_records& plan = plans_.emplace_back(*views_.back());
        if (all_.source->planner && values != opt_values(all_.source->dims)) {
            array_places places = find_arrays(packed_, plan);
            for (plan_weight& w : places.further) {
                w.offset += packed_.weight_bytes;
                packed_.weights.push_back(w);
            }
            for (array_places::place& place : places.all)
                if (std::exchange(place.is_further, false)) place.offset += packed_.weight_bytes;
            packed_.weight_bytes += places.further_bytes;
            move_arrays(plan, places);
        }
        plan.weights.clear();
        plan.parameters.clear();
        plan.dims.clear();
        plan.axes = {};
        plan.shapes.clear();
        saved_binaries::remove(plan, first_.dev);
        const timed_choice choice
            = choose_timed(plan, first_.dev, timings_of(all_), true, first_.threads);
        program_builder builder(
            plan, first_.dev, all_.tuning, choice.tactics, nullptr, all_.merge, first_.threads);
        const std::vector<std::uint32_t> chosen = builder.chosen();
        for (std::size_t i = 0; i < chosen.size(); ++i) plan.steps[i].tactic = chosen[i];
    }

    /// The file has each text once, in its own plan where that has the family.
    void share_texts(plan_records& plan) const {
        plan.prelude = {};
        const std::vector<plan_kernel>& own = plans_.front().kernels;
        for (plan_kernel& k : plan.kernels) {
            const std::string_view text = text_of(k);
            const auto same = std::ranges::find(
                own, k.family, [](const plan_kernel& other) { return other.family; });
            k.text = same != own.end() && same->text == text ? std::string_view() : text;
        }
    }

    void pack_further() {
        const std::uint64_t before = first_.plan->weight_bytes;
        if (packed_.weight_bytes == before) return;
        plan_records some = *first_.plan;
        some.weights.assign(
            packed_.weights.begin() + static_cast<std::ptrdiff_t>(first_.plan->weights.size()),
            packed_.weights.end());
        for (plan_weight& w : some.weights) w.offset -= before;
        further_.resize(static_cast<std::size_t>(packed_.weight_bytes - before));
        fold_weights(some, all_.file, false, further_);
    }
};

}  // namespace lamina::detail
