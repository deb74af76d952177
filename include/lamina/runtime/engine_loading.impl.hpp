// SPDX-License-Identifier: Apache-2.0
// Makes engines: of a plan and weights, or of a saved plan; and saves them.
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/plan/print.hpp>
#include <lamina/plan/print_stages.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/runtime/build_programs.hpp>
#include <lamina/runtime/check_reach.hpp>
#include <lamina/runtime/check_trust.hpp>
#include <lamina/runtime/engine.hpp>
#include <lamina/runtime/engine_shared.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/environment.hpp>
#include <lamina/runtime/fold_weights.hpp>
#include <lamina/runtime/packed_weights.hpp>
#include <lamina/runtime/parallel.hpp>
#include <lamina/runtime/plan_source.hpp>
#include <lamina/runtime/save_plan.hpp>
#include <lamina/runtime/show.hpp>
#include <lamina/runtime/timed_choice.hpp>

namespace lamina {

namespace detail {

void announce_first_shapes(engine_shapes& all, const engine_state& first);
std::vector<int> opt_values(std::span<const plan_dim> dims);
std::shared_ptr<engine_shared> shared_at(
    std::shared_ptr<engine_shapes> all, std::vector<int> values);

/// The state of a plan whose weights are those of another state, and that runs as that one does.
inline std::shared_ptr<engine_state> state_beside(const engine_state& from, const plan_view& plan) {
    auto made = std::make_shared<engine_state>(plan, from.dev);
    made->merge = from.merge;
    made->threads = from.threads;
    made->shown = from.shown;
    made->weights = from.weights;
    made->mapping = from.mapping;
    return made;
}

/// Makes an engine at opt the first of its network's shapes.
inline void begin_shapes(engine_shared& made, std::shared_ptr<engine_shapes> shapes) {
    made.values = opt_values(shapes->planner->dims);
    shapes->first = made.state;
    shapes->recent.push_front({made.values, made.state});
    made.shapes = std::move(shapes);
}

/// Chooses tactics and builds programs.
inline void build_engine(engine_state& made, const engine_options& options,
    const std::atomic<bool>* unwanted, program_pool* pool = nullptr) {
    const plan_records& plan = *made.plan;
    const auto start = std::chrono::steady_clock::now();
    timed_choice choice;
    const std::string file = environment("LAMINA_TIMING_CACHE");
    if (options.timings)
        choice = choose_tactics(plan, made.dev, *options.timings);
    else if (!file.empty())
        choice = choose_tactics(plan, made.dev, timing_cache::open(file));
    made.report.timings = choice.note;
    made.programs = build_programs(plan, made.dev, options.tuning, choice.tactics, unwanted,
        options.merge, made.threads, made.shown.times, pool);
    made.report.build_ms = ms_since(start);
}

/// The remaining part, given plan, weights and programs.
inline std::shared_ptr<engine_shared> finish_engine(std::shared_ptr<engine_state> made) {
    const plan_records& plan = *made->plan;
    engine_report& report = made->report;
    for (const built_kernel& k : made->programs.all) {
        report.kernels.push_back(
            {std::string(plan.kernels[k.kernel].family), std::string(plan.tactics[k.tactic].name),
                k.report.note, 0, "", k.report.hit, k.report.ms});
        ++(k.report.hit ? report.cache_hits : report.cache_misses);
    }
    for (const chosen_launch& step : made->programs.steps) {
        engine_report::kernel_row& row = report.kernels[step.program];
        const std::string by(to_text(step.by));
        if (row.by.find(by) == std::string::npos) row.by += (row.by.empty() ? "" : ", ") + by;
        ++row.steps;
    }
    report.launches = made->stretches().size();
    fill_table(*made);
    if (made->shown.kernels) show(report.table());
    auto shared = std::make_shared<engine_shared>();
    shared->state = std::move(made);
    return shared;
}

/// `check` examines the plan before it is used; `fill` writes the packed weights. `shapes`: of a network with
/// dims, whose other shapes the programs serve too.
template <class Fill, class Check>
std::shared_ptr<engine_shared> make_engine(std::span<const std::byte> bytes,
    const std::string& label, const device& dev, const engine_options& options, Fill fill,
    Check check, engine_shapes* shapes = nullptr) {
    const shown_tables shown = read_show();
    const auto start = std::chrono::steady_clock::now();
    const plan_view plan = plan_view::open(bytes, label);
    check(*plan);
    auto made = std::make_shared<engine_state>(plan, dev);
    made->threads = threads_of(dev, options.threads);
    check_reach(*plan, label, made->threads);
    made->report.read_ms = ms_since(start);
    made->shown = shown;
    made->merge = options.merge;
    if (shown.fuse) show(fuse_table(*plan));
    if (shown.memory) show(memory_map(*plan));
    if (shown.plan) show(plan_table(*plan));
    made->dev.context();  // for both
    side_work programs([&](const std::atomic<bool>& unwanted) {
        if (shapes) announce_first_shapes(*shapes, *made);
        build_engine(*made, options, &unwanted, shapes ? &shapes->programs : nullptr);
    });
    fill_weights(*made, [&](std::span<std::byte> packed) { fill(*made, packed); });
    programs.done();
    return finish_engine(std::move(made));
}

inline std::shared_ptr<engine_shared> load_engine(
    plan_source& source, const device& dev, const load_options& options) {
    if (!options.signed_by.empty()) source.require_signature(options.signed_by);
    const trust level = options.signed_by.empty() ? options.trust : trust::binaries;
    const engine_options rest{.tuning = options.tuning,
        .timings = options.timings,
        .merge = options.merge,
        .threads = options.threads};
    const std::string& label = source.label();
    const auto check = [&](const plan_records& plan) {
        check_trust(plan, level, options.kernels, label);
        if (!plan.segment.present || plan.segment.bytes != source.segment_bytes())
            throw error(errc::plan_damaged, label,
                label + " has " + std::to_string(source.segment_bytes())
                    + " bytes of weights, its plan states " + std::to_string(plan.segment.bytes)
                    + "; save it again");
    };
    return make_engine(
        source.plan(), label, dev, rest,
        [&](engine_state& made, std::span<std::byte> packed) {
            copy_segment(source, made.plan->segment, packed);
        },
        check);
}

}  // namespace detail

namespace detail {

/// An engine of a plan and weights; of a network with dims, with what plans its other shapes.
inline std::shared_ptr<engine_shared> make_engine(
    const plan_bytes& plan, const weights& file, const device& dev, const engine_options& options) {
    std::shared_ptr<engine_shapes> shapes;
    if (plan.shapes) {
        shapes = std::make_shared<engine_shapes>();
        shapes->planner = plan.shapes;
        shapes->file = file;
        shapes->merge = options.merge;
        shapes->most = options.shapes ? options.shapes : 1;
        if (options.reserve_arena) {
            const shape_set first = plan.shapes->first();
            shapes->reserved.arena = first.arena_bytes;
            shapes->reserved.inputs.assign(first.input_bytes.begin(), first.input_bytes.end());
            shapes->reserved.outputs.assign(first.output_bytes.begin(), first.output_bytes.end());
        }
        shapes->tuning.assign(options.tuning.begin(), options.tuning.end());
        if (options.timings) shapes->timings = *options.timings;
    }
    std::shared_ptr<engine_shared> made = make_engine(
        plan.bytes, "plan", dev, options,
        [&](engine_state& state, std::span<std::byte> packed) {
            fold_weights(*state.plan, file, options.strict, packed, options.ignore);
        },
        [](const plan_records&) {}, shapes.get());
    if (shapes) begin_shapes(*made, std::move(shapes));
    return made;
}

}  // namespace detail

LAMINA_INLINE engine::engine(
    plan_bytes plan, const weights& file, const device& dev, const engine_options& options)
    : engine(detail::make_engine(plan, file, dev, options)) {}

LAMINA_INLINE engine engine::load(
    const std::string& path, const device& dev, const load_options& options) {
    detail::plan_source source(path);
    return engine(detail::load_engine(source, dev, options));
}

LAMINA_INLINE engine engine::load(std::span<const std::byte> bytes, const std::string& label,
    const device& dev, const load_options& options) {
    detail::plan_source source(bytes, label);
    return engine(detail::load_engine(source, dev, options));
}

LAMINA_INLINE void engine::save(const std::string& path, const save_options& options) const {
    if (options.with_binaries && device_of().facts().compiles_lazily) {
        // Such drivers have a kernel's code only after it has run.
        context warm = make_context();
        warm.fill_zeros();
        warm.run();
    }
    const detail::engine_state& from = state();
    if (from.further)
        throw error(errc::shape, std::string(plan().network),
            "this shape has weights of its own beside those of the network's opt, which a file does "
            "not have; make an engine of a plan of this shape (network::chosen, plan_at_run_time) "
            "and save that");
    const std::lock_guard lock(*from.mapping);
    detail::save_plan(from, path, options);
}

LAMINA_INLINE engine engine::tuned(const timing_cache& timings) const {
    // Other shapes are made beside opt, whose weights they look for theirs among.
    const detail::engine_state& own = state();
    const detail::engine_state& from = shared_->shapes ? *shared_->shapes->first : own;
    std::shared_ptr<detail::engine_state> made = detail::state_beside(from, from.plan);
    std::shared_ptr<detail::engine_shapes> shapes;
    if (shared_->shapes) {
        shapes = std::make_shared<detail::engine_shapes>();
        static_cast<detail::shape_settings&>(*shapes) = *shared_->shapes;
        shapes->timings = timings;
        detail::announce_first_shapes(*shapes, *made);
    }
    detail::build_engine(*made, {.timings = &timings, .merge = from.merge}, nullptr,
        shapes ? &shapes->programs : nullptr);
    std::shared_ptr<detail::engine_shared> out = detail::finish_engine(std::move(made));
    if (!shapes) return engine(std::move(out));
    detail::begin_shapes(*out, shapes);
    return engine(detail::shared_at(std::move(shapes), shared_->values));
}

}  // namespace lamina
