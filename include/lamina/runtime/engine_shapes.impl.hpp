// SPDX-License-Identifier: Apache-2.0
// Engines at other shapes. Included by engine.hpp, or compiled into Lamina::compiled.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/runtime/engine.hpp>
#include <lamina/runtime/engine_loading.impl.hpp>
#include <lamina/runtime/engine_shapes.hpp>
#include <lamina/runtime/engine_shared.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/fold_weights.hpp>
#include <lamina/runtime/kernel_cover.hpp>
#include <lamina/runtime/packed_weights.hpp>
#include <lamina/runtime/program_pool.hpp>
#include <lamina/runtime/return_unused.hpp>
#include <lamina/runtime/shared_weights.hpp>
#include <lamina/runtime/timed_choice.hpp>

namespace lamina {

namespace detail {

[[noreturn]] LAMINA_INLINE void fail_fixed(const plan_records& plan, const char* what) {
    throw error(errc::shape, std::string(plan.network),
        std::string(what)
            + " has no dims, its shapes are fixed; make the engine of plan<Net> of a network that "
              "declares some with net.dim()");
}

/// Errors  LAM-R27 a value that the dim cannot have.
inline void check_value(const plan_dim& d, int value) {
    if (value >= d.min && value <= d.max && (value - d.min) % d.step == 0) return;
    const std::string name(d.at.view());
    throw error(errc::shape, name,
        "dim '" + name + "' cannot be " + std::to_string(value) + ", it is " + range_text(d)
            + "; pad or scale the data, or widen the dim's range");
}

/// The index of a dim. Errors  LAM-R27 there is none of that name; `what_to_do` ends the sentence.
inline std::size_t find_dim(
    std::span<const plan_dim> dims, std::string_view wanted, const char* what_to_do) {
    std::string names;
    for (std::size_t i = 0; i < dims.size(); ++i) {
        if (dims[i].at.view() == wanted) return i;
        names += (names.empty() ? "'" : ", '") + std::string(dims[i].at.view()) + "'";
    }
    const std::string name(wanted);
    throw error(errc::shape, name,
        "the network has no dim '" + name + "', it has " + (names.empty() ? "none" : names) + "; "
            + what_to_do);
}

/// The value of each dim: that which is given, else opt.
/// Errors  LAM-R27 no such dim, given twice, or a value that it cannot have.
inline std::vector<int> find_values(
    std::span<const plan_dim> dims, std::span<const shape_value> given) {
    std::vector<int> out = opt_values(dims);
    std::vector<bool> has(dims.size(), false);
    for (const shape_value& one : given) {
        const std::string name(one.name);
        const std::size_t i = find_dim(dims, one.name, "use one of these names");
        const plan_dim& d = dims[i];
        if (has[i])
            throw error(errc::shape, name,
                dim_text(d) + " is given " + std::to_string(out[i]) + " and "
                    + std::to_string(one.value) + "; give each dim one value");
        check_value(d, one.value);
        out[i] = one.value;
        has[i] = true;
    }
    return out;
}

/// Whether shapes share a merged program.
inline bool share_program(const engine_shapes& all, const engine_state& first) {
    return all.merge && may_merge(first.dev.facts(), *first.plan);
}

/// Builds for the program that shapes share. `wanted`: tactics of a timing cache.
inline program_builder shared_builder(engine_shapes& all, const engine_state& first,
    const plan_records& plan, std::span<const std::uint32_t> wanted = {}) {
    return {plan, first.dev, all.tuning, wanted, nullptr, all.merge, first.threads,
        first.shown.times, &all.programs, build_processes_of(all.build_processes)};
}

/// Calls `with` for each of these shapes with what builds its programs; those that the network refuses are left out.
template <class With>
void each_builder(engine_shapes& all, const engine_state& first,
    std::span<const std::vector<int>> shapes, With with) {
    for (const std::vector<int>& values : shapes) try {
            const planned_shape made
                = plan_shape_beside(*all.source, *first.plan, all.packings, values);
            const timed_choice choice
                = choose_timed(*made.plan, first.dev, timings_of(all), true, first.threads);
            with(shared_builder(all, first, *made.plan, choice.tactics));
        } catch (const error& e) {
            if (e.code() != errc::shape) throw;  // whoever asks for it is told
        }
}

/// The corners of these dims, of the first four of them, that `known` lacks; further dims are as at opt.
inline std::vector<std::vector<int>> other_corners(
    std::span<const plan_dim> dims, std::span<const std::vector<int>> known) {
    constexpr std::size_t most = 4;
    std::vector<std::vector<int>> out;
    for (int i = 0; i < 1 << std::min(dims.size(), most); ++i) {
        std::vector<int> made = opt_values(dims);
        for (std::size_t d = 0; d < std::min(dims.size(), most); ++d)
            made[d] = dims[d].min
                + (i >> d & 1) * ((dims[d].max - dims[d].min) / dims[d].step * dims[d].step);
        if (std::ranges::find(known, made) == known.end()
            && std::ranges::find(out, made) == out.end())
            out.push_back(std::move(made));
    }
    return out;
}

/// Shapes all over these dims, the same in each run.
inline std::vector<std::vector<int>> some_shapes(std::span<const plan_dim> dims) {
    constexpr int count = 32;
    std::vector<std::vector<int>> out;
    std::uint32_t state = 54321;
    for (int i = 0; i < count; ++i) {
        std::vector<int>& made = out.emplace_back();
        for (const plan_dim& dim : dims) {
            state = state * 1664525u + 1013904223u;
            const auto steps = static_cast<std::uint32_t>((dim.max - dim.min) / dim.step);
            made.push_back(dim.min + dim.step * static_cast<int>((state >> 8) % (steps + 1)));
        }
    }
    return out;
}

/// The kernels of opt, of the shapes that stand for all, and those that some more shapes cannot do without; of a
/// file, its binaries too.
LAMINA_INLINE void prepare_programs(engine_shapes& all, const engine_state& first) {
    for (const auto& [values, plan] : all.source->saved) shared_builder(all, first, *plan);
    if (!share_program(all, first)) return;
    const bool is_planner = all.source->planner;
    const timed_choice at_opt
        = choose_timed(*first.plan, first.dev, timings_of(all), true, first.threads);
    shared_builder(all, first, *first.plan, at_opt.tactics).announce(is_planner);
    if (!is_planner) {
        each_builder(
            all, first, all.source->first, [](program_builder&& shape) { shape.announce(false); });
        return;
    }
    kernel_cover cover;
    each_builder(
        all, first, all.source->first, [&](program_builder&& shape) { shape.want(cover, false); });
    const auto ask_for_more = [&](std::span<const std::vector<int>> shapes) {
        const std::size_t before = cover.steps();
        each_builder(all, first, shapes, [&](program_builder&& shape) { shape.want(cover, true); });
        return cover.steps() > before;
    };
    // Planning them takes a millisecond each. Few networks have steps that the shapes before have not; where corners
    // do, others may too.
    if (ask_for_more(other_corners(all.source->dims, all.source->first)))
        ask_for_more(some_shapes(all.source->dims));
    cover.choose(all.programs);
    return_unused();
}

/// Builds the programs of these shapes, and those that other shapes run their kernels with.
inline void prepare_kernels(engine_shapes& all, std::vector<std::vector<int>> shapes) {
    shapes.insert(shapes.end(), all.source->first.begin(), all.source->first.end());
    // Large ones first: their kernels take as arguments what is 1 for others.
    std::ranges::sort(shapes, std::greater<>());
    each_builder(
        all, *all.first, shapes, [](program_builder&& shape) { shape.build_for_others(); });
}

/// The programs of a shape.
inline std::shared_ptr<engine_state> build_beside(
    engine_shapes& all, std::shared_ptr<engine_state> made) {
    build_engine(*made,
        {.tuning = all.tuning,
            .timings = timings_of(all),
            .merge = all.merge,
            .build_processes = all.build_processes},
        nullptr, &all.programs);
    return finish_engine(std::move(made))->state;
}

/// Plans a shape. Its weights are those of the first plan, other packings of them, or its own.
inline std::shared_ptr<engine_state> make_shape(
    engine_shapes& all, const std::vector<int>& values) {
    const engine_state& first = *all.first;
    const auto start = std::chrono::steady_clock::now();
    if (!all.source->planner) {  // its arrays and tactics are those of the file
        std::shared_ptr<engine_state> made = state_beside(first, all.source->plan(values));
        made->report.read_ms = ms_since(start);
        return build_beside(all, std::move(made));
    }
    planned_shape own = plan_shape_beside(*all.source, *first.plan, all.packings, values);
    const array_places& places = own.places;
    auto rewritten = std::make_shared<rewritten_steps>();
    const plan_view plan = std::move(own.plan).changed(
        [&](plan_records& records) {
            move_arrays(records, places);
            records.weight_bytes = first.plan->weight_bytes;
            if (all.merge) use_built(records, all.programs, *rewritten, first.threads);
            if (!all.programs.alone.empty())
                use_alone(records, all.programs, *rewritten,
                    shared_builder(all, first, records,
                        choose_timed(records, first.dev, timings_of(all), true, first.threads)
                            .tactics)
                        .chosen());
        },
        rewritten);
    std::shared_ptr<engine_state> made = state_beside(first, plan);
    made->report.read_ms = ms_since(start);
    if (own.has_other_packings)
        made->further = all.packings.memory;
    else if (!places.further.empty())
        made->further = pack_further(*made, places.further, places.further_bytes, all.file);
    return build_beside(all, std::move(made));
}

/// The state of a shape, made or found.
LAMINA_INLINE std::shared_ptr<engine_state> shape_at(
    engine_shapes& all, const std::vector<int>& values) {
    const std::lock_guard lock(all.looking);
    for (auto it = all.recent.begin(); it != all.recent.end(); ++it) {
        if (it->values != values) continue;
        all.recent.splice(all.recent.begin(), all.recent, it);
        return it->made;
    }
    all.recent.push_front({values, make_shape(all, values)});
    std::shared_ptr<engine_state> made = all.recent.front().made;
    while (all.recent.size() > all.most) all.recent.pop_back();
    return made;
}

/// The values of a file's own shape and of others, each once.
LAMINA_INLINE std::vector<std::vector<int>> shapes_of_file(const engine_shapes& all,
    const std::vector<int>& own, std::span<const std::vector<shape_value>> others) {
    std::vector<std::vector<int>> out{own};
    for (const std::vector<shape_value>& each : others) {
        std::vector<int> values = find_values(all.source->dims, each);
        if (std::ranges::find(out, values) == out.end()) out.push_back(std::move(values));
    }
    return out;
}

/// What an engine of that shape shares with its copies.
LAMINA_INLINE std::shared_ptr<engine_shared> shared_at(
    std::shared_ptr<engine_shapes> all, std::vector<int> values) {
    auto made = std::make_shared<engine_shared>();
    made->state = shape_at(*all, values);
    made->values = std::move(values);
    made->shapes = std::move(all);
    return made;
}

}  // namespace detail

LAMINA_INLINE std::span<const plan_dim> engine::dims() const {
    state();
    if (!shared_->shapes) return {};
    return shared_->shapes->source->dims;
}

LAMINA_INLINE engine engine::at(std::span<const shape_value> given) const {
    state();
    if (!shared_->shapes) detail::fail_fixed(plan(), "this engine");
    return engine(detail::shared_at(
        shared_->shapes, detail::find_values(shared_->shapes->source->dims, given)));
}

LAMINA_INLINE void engine::prepare(std::span<const std::vector<shape_value>> wanted) const {
    state();
    if (!shared_->shapes) detail::fail_fixed(plan(), "this engine");
    detail::engine_shapes& all = *shared_->shapes;
    std::vector<std::vector<int>> shapes;
    for (const std::vector<shape_value>& one : wanted)
        shapes.push_back(detail::find_values(all.source->dims, one));
    {
        const std::lock_guard lock(all.looking);
        if (all.source->planner && all.first->plan->target == "gpu")
            detail::prepare_kernels(all, shapes);
        if (detail::share_program(all, *all.first)) {
            detail::each_builder(all, *all.first, shapes,
                [](detail::program_builder&& shape) { shape.announce(true); });
            detail::shared_builder(all, *all.first, *all.first->plan).build_announced();
        }
        // Those that are there may have been made of fewer kernels.
        std::erase_if(all.recent, [&](const detail::engine_shapes::entry& old) {
            return old.made != all.first
                && std::find(shapes.begin(), shapes.end(), old.values) != shapes.end();
        });
    }
    // Drivers may make a kernel's code when it first runs.
    for (const std::vector<int>& values : shapes) run_once(detail::shape_at(all, values));
}

}  // namespace lamina
