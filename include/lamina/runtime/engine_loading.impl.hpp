// SPDX-License-Identifier: Apache-2.0
// Makes engines: of a plan and weights, or of a saved plan; and saves them.
#pragma once
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
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
#include <lamina/runtime/engine_shapes.hpp>
#include <lamina/runtime/engine_shared.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/environment.hpp>
#include <lamina/runtime/fold_weights.hpp>
#include <lamina/runtime/packed_weights.hpp>
#include <lamina/runtime/parallel.hpp>
#include <lamina/runtime/plan_source.hpp>
#include <lamina/runtime/return_unused.hpp>
#include <lamina/runtime/save_plan.hpp>
#include <lamina/runtime/save_shapes.hpp>
#include <lamina/runtime/show.hpp>
#include <lamina/runtime/timed_choice.hpp>

namespace lamina {

namespace detail {

/// The state of a plan whose weights are those of another state, and that runs as that one does.
inline std::shared_ptr<engine_state> state_beside(const engine_state& from, const plan_view& plan) {
    auto made = std::make_shared<engine_state>(plan, from.dev);
    made->merge = from.merge;
    made->threads = from.threads;
    made->build_processes = from.build_processes;
    made->shown = from.shown;
    made->weights = from.weights;
    made->mapping = from.mapping;
    return made;
}

/// Makes an engine at opt the first of its network's shapes.
inline void begin_shapes(engine_shared& made, std::shared_ptr<engine_shapes> shapes) {
    if (shapes->source->planner) return_unused();
    made.values = opt_values(shapes->source->dims);
    shapes->first = made.state;
    shapes->recent.push_front({made.values, made.state});
    made.shapes = std::move(shapes);
}

/// Chooses tactics and builds programs.
inline void build_engine(engine_state& made, const engine_options& options,
    const std::atomic<bool>* unwanted, program_pool* pool = nullptr) {
    const plan_records& plan = *made.plan;
    const auto start = std::chrono::steady_clock::now();
    const timed_choice choice = choose_timed(plan, made.dev, options.timings, pool, made.threads);
    made.report.timings = choice.note;
    made.programs
        = build_programs(plan, made.dev, options.tuning, choice.tactics, unwanted, options.merge,
            made.threads, made.shown.times, pool, build_processes_of(options.build_processes));
    made.report.build_processes = made.programs.processes;
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

/// Those of a file: as the plan around them. Its planner's are not checked again.
template <class Check>
void check_saved_shapes(
    engine_shapes& shapes, Check check, const std::string& label, unsigned threads) {
    const shape_source& source = *shapes.source;
    if (source.planner) return;
    in_parallel(source.first.size(), [&](std::size_t i) {
        const plan_view& plan = source.saved.at(source.first[i]);
        check(*plan);
        check_reach(*plan, label + " at " + values_text(source.dims, source.first[i]), threads);
    });
}

/// `check` examines the plan and those of other shapes before they are used; `fill` writes the packed weights.
/// `find_source`: null for a network without dims.
template <class Fill, class Check, class FindSource>
std::shared_ptr<engine_shared> make_engine(std::span<const std::byte> bytes,
    const std::string& label, const device& dev, const engine_options& options, Fill fill,
    Check check, FindSource find_source) {
    const shown_tables shown = read_show();
    const auto start = std::chrono::steady_clock::now();
    // NVIDIA's driver takes 0.1 s to make a context, in which the plan is checked and weights are packed.
    const side_work early_context([&](const std::atomic<bool>&) {
        if (!dev.facts().shares_host_memory) dev.context();
    });
    const plan_view plan = plan_view::open(bytes, label);
    check(*plan);
    auto made = std::make_shared<engine_state>(plan, dev);
    made->threads = threads_of(dev, options.threads);
    std::shared_ptr<engine_shapes> shapes;
    if (std::shared_ptr<const shape_source> source = find_source(plan)) {
        shapes = std::make_shared<engine_shapes>();
        shapes->merge = options.merge;
        shapes->build_processes = options.build_processes;
        shapes->most = options.shapes ? options.shapes : 1;
        if (options.reserve_arena) shapes->reserved = source->most;
        shapes->tuning.assign(options.tuning.begin(), options.tuning.end());
        if (options.timings) shapes->timings = *options.timings;
        shapes->source = std::move(source);
        check_saved_shapes(*shapes, check, label, made->threads);
        shapes->packings = find_packings(*shapes->source, *plan, options.packing_bytes);
        if (shapes->source->planner) return_unused();
    }
    made->report.read_ms = ms_since(start);
    made->shown = shown;
    made->merge = options.merge;
    made->build_processes = options.build_processes;
    if (shown.fuse) show(fuse_table(*plan));
    if (shown.memory) show(memory_map(*plan));
    if (shown.plan) show(plan_table(*plan));
    std::exception_ptr refused;
    side_work programs([&](const std::atomic<bool>& unwanted) {
        const auto checking = std::chrono::steady_clock::now();
        try {
            const bool is_planned_now = shapes && shapes->source->planner;
            check_reach(*made->plan, label, made->threads, is_planned_now);
        } catch (...) {
            refused = std::current_exception();
            throw;
        }
        made->report.read_ms += ms_since(checking);
        if (unwanted) return;
        if (shapes) prepare_programs(*shapes, *made);
        build_engine(*made, options, &unwanted, shapes ? &shapes->programs : nullptr);
    });
    try {
        fill_weights(
            *made, [&](std::span<std::byte> packed) { fill(*made, shapes.get(), packed); });
    } catch (...) {
        programs.stop();
        if (refused) std::rethrow_exception(refused);  // whatever the weights are
        throw;
    }
    programs.done();
    std::shared_ptr<engine_shared> out = finish_engine(std::move(made));
    if (shapes) begin_shapes(*out, std::move(shapes));
    return out;
}

inline std::shared_ptr<engine_shared> load_engine(
    plan_source& source, const device& dev, const load_options& options) {
    if (!options.signed_by.empty()) source.require_signature(options.signed_by);
    const trust level = options.signed_by.empty() ? options.trust : trust::binaries;
    const engine_options rest{.tuning = options.tuning,
        .timings = options.timings,
        .merge = options.merge,
        .threads = options.threads,
        .build_processes = options.build_processes,
        .shapes = options.shapes,
        .reserve_arena = options.reserve_arena};
    const std::string& label = source.label();
    const plan_records* file = nullptr;
    const auto check = [&](const plan_records& plan) {
        check_trust(plan, level, options.kernels, label);
        if (!file) file = &plan;  // those of other shapes have no segment
        if (&plan != file) return;
        if (!plan.segment.present || plan.segment.bytes != source.segment_bytes())
            throw error(errc::plan_damaged, label,
                label + " has " + std::to_string(source.segment_bytes())
                    + " bytes of weights, its plan states " + std::to_string(plan.segment.bytes)
                    + "; save it again");
    };
    return make_engine(
        source.plan(), label, dev, rest,
        [&](engine_state& made, const engine_shapes*, std::span<std::byte> packed) {
            copy_segment(source, made.plan->segment, packed);
        },
        check,
        [&](const plan_view& plan) {
            return plan->dims.empty() ? nullptr : std::make_shared<shape_source>(plan, label);
        });
}

}  // namespace detail

namespace detail {

std::shared_ptr<engine_shared> make_engine(
    const plan_bytes& plan, const weights& file, const device& dev, const engine_options& options);

/// Runs a plan's constant part once. Returns its outputs: bits of floats, or whole numbers.
inline std::vector<std::vector<std::uint32_t>> compute_constants(
    engine_state& made, const weights& file, const engine_options& options) {
    std::vector<std::vector<std::uint32_t>> out;
    const plan_records& plan = *made.plan;
    if (plan.constants.empty()) return out;
    const auto start = std::chrono::steady_clock::now();
    // Before the part says what it misses: a suggestion for a name must not be one that other layers read.
    const std::vector<char> grouped = grouped_parameters(plan);
    for (std::size_t i = 0; i < plan.parameters.size(); ++i)
        if (plan.parameters[i].values.empty())
            find_parameter(file, plan, plan.parameters[i], grouped[i]);
    const std::shared_ptr<engine_shared> part
        = make_engine(plan_bytes(plan.constants), file, made.dev,
            {.strict = false,
                .tuning = options.tuning,
                .merge = options.merge,
                .threads = static_cast<int>(made.threads),
                .build_processes = 1});  // few programs, beside those of the plan
    context run(part->state);
    run.run();
    for (const plan_binding& b : part->state->plan->outputs) {
        std::vector<std::uint32_t>& words = out.emplace_back();
        if (b.type == dtype::i32)
            for (const int value : run.get<int>(b.name))
                words.push_back(static_cast<std::uint32_t>(value));
        else if (b.type == dtype::boolean)
            for (const std::uint8_t value : run.get<std::uint8_t>(b.name)) words.push_back(value);
        else
            for (const float value : run.get(b.name))
                words.push_back(std::bit_cast<std::uint32_t>(value));
    }
    made.report.constants_ms = ms_since(start);
    return out;
}

/// An engine of a plan and weights; of a network with dims, with what plans its other shapes.
inline std::shared_ptr<engine_shared> make_engine(
    const plan_bytes& plan, const weights& file, const device& dev, const engine_options& options) {
    // In `x * net.parameter("a") + net.parameter("b")` the compiler chooses which parameter comes first, and where it
    // evaluates plan<Net> itself it may choose otherwise than in the function that defines further shapes. All of them
    // have to agree on what the numbers of parameters and inputs mean, so opt is planned by that function too.
    std::span<const std::byte> bytes = plan.bytes;
    shape_words opt;
    if (plan.shapes) opt = plan.shapes->plan(opt_values(plan.shapes->dims));
    if (opt.fault.empty() && !opt.words.empty()) bytes = std::as_bytes(std::span(opt.words));
    return make_engine(
        bytes, "plan", dev, options,
        [&](engine_state& state, engine_shapes* shapes, std::span<std::byte> packed) {
            fold_weights(*state.plan, file, options.strict, packed, options.ignore,
                compute_constants(state, file, options));
            if (!shapes) return;
            shapes->file = file;
            other_packings& others = shapes->packings;
            if (others.bytes)
                others.memory = pack_further(state, others.arrays, others.bytes, file);
        },
        [](const plan_records&) {},
        [&](const plan_view&) {
            return plan.shapes ? std::make_shared<shape_source>(*plan.shapes) : nullptr;
        });
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

LAMINA_INLINE void engine::run_once(const std::shared_ptr<detail::engine_state>& at) {
    context once(at);
    once.fill_zeros();
    once.run();
}

LAMINA_INLINE void engine::save(const std::string& path, const save_options& options) const {
    const detail::engine_state& from = state();
    if (shared_->shapes) {
        save_shapes(path, options);
        return;
    }
    if (!options.shapes.empty()) detail::fail_fixed(plan(), "this engine");
    // Drivers that compile at the first launch have a kernel's code only after it has run.
    if (options.with_binaries && device_of().facts().compiles_lazily) run_once(shared_->state);
    const std::lock_guard lock(*from.mapping);
    plan_records saved = detail::as_saved(from);
    detail::saved_binaries binaries;
    binaries.remove(saved, from.dev);
    if (options.with_binaries) binaries.put(saved, from);
    detail::save_plan(std::move(saved), {}, from, path, options);
}

LAMINA_INLINE void engine::save_shapes(const std::string& path, const save_options& options) const {
    const detail::engine_shapes& all = *shared_->shapes;
    const std::vector<std::vector<int>> values
        = detail::shapes_of_file(all, shared_->values, options.shapes);
    detail::shapes_to_save shapes(all, values);
    const std::lock_guard lock(*all.first->mapping);
    detail::save_plan(shapes.joined(), shapes.further(), *all.first, path, options);
    if (!options.with_binaries) return;
    // The programs are those that a loaded engine builds, of the kernels of these shapes together.
    const detail::engine_state& first = *all.first;
    detail::plan_source source(path);
    const auto loaded = detail::load_engine(source, first.dev,
        {.merge = all.merge,
            .threads = static_cast<int>(first.threads),
            .build_processes = all.build_processes,
            .shapes = values.size(),
            .trust = trust::binaries});
    detail::saved_binaries binaries;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::shared_ptr<detail::engine_state> at
            = i == 0 ? loaded->state : detail::shape_at(*loaded->shapes, values[i]);
        run_once(at);
        binaries.put(shapes.plans()[i], *at);
    }
    detail::save_plan(shapes.joined(), shapes.further(), first, path, options);
}

namespace detail {

/// The shapes of an engine that is made beside another one, which has them; null where that has none.
inline std::shared_ptr<engine_shapes> shapes_beside(const engine_shared& from) {
    if (!from.shapes) return nullptr;
    auto out = std::make_shared<engine_shapes>();
    static_cast<shape_settings&>(*out) = *from.shapes;
    return out;
}

/// Builds such an engine, at the same values of the dims.
inline std::shared_ptr<engine_shared> finish_beside(const engine_shared& from,
    std::shared_ptr<engine_state> made, std::shared_ptr<engine_shapes> shapes,
    const engine_options& options) {
    if (shapes) prepare_programs(*shapes, *made);
    build_engine(*made, options, nullptr, shapes ? &shapes->programs : nullptr);
    std::shared_ptr<engine_shared> out = finish_engine(std::move(made));
    if (!shapes) return out;
    begin_shapes(*out, shapes);
    return shared_at(std::move(shapes), from.values);
}

}  // namespace detail

LAMINA_INLINE engine engine::tuned(const timing_cache& timings) const {
    // Other shapes are made beside opt, whose weights they look for theirs among.
    const detail::engine_state& own = state();
    const detail::engine_state& from = shared_->shapes ? *shared_->shapes->first : own;
    std::shared_ptr<detail::engine_shapes> shapes = detail::shapes_beside(*shared_);
    if (shapes) shapes->timings = timings;
    return engine(
        detail::finish_beside(*shared_, detail::state_beside(from, from.plan), std::move(shapes),
            {.timings = &timings, .merge = from.merge, .build_processes = from.build_processes}));
}

LAMINA_INLINE engine engine::on(const device& dev, const engine_options& options) const {
    const detail::engine_state& own = state();
    const detail::engine_state& from = shared_->shapes ? *shared_->shapes->first : own;
    const bool is_here = dev.id() == from.dev.id() && dev.context() == from.dev.context();
    std::shared_ptr<detail::engine_state> made = detail::state_beside(from, from.plan);
    made->dev = dev;
    made->merge = options.merge;
    made->build_processes = options.build_processes;
    made->threads = detail::threads_of(dev, options.threads);
    if (made->threads != from.threads) detail::check_reach(*from.plan, "plan", made->threads);
    std::shared_ptr<detail::engine_shapes> shapes = detail::shapes_beside(*shared_);
    if (shapes) {
        shapes->merge = options.merge;
        shapes->build_processes = options.build_processes;
        shapes->tuning.assign(options.tuning.begin(), options.tuning.end());
        shapes->timings.reset();
        if (options.timings) shapes->timings = *options.timings;
    }
    if (!is_here) {
        made->mapping = std::make_shared<std::mutex>();
        const std::lock_guard lock(*from.mapping);
        const auto start = std::chrono::steady_clock::now();
        made->weights = detail::copy_buffer(
            from.dev, from.weights.get(), dev, made->plan->weight_bytes, "the weights");
        made->report.upload_ms = detail::ms_since(start);
        if (shapes && shapes->packings.bytes)
            shapes->packings.memory = detail::copy_buffer(from.dev, shapes->packings.memory.get(),
                dev, shapes->packings.bytes, "further weights");
    }
    return engine(detail::finish_beside(*shared_, std::move(made), std::move(shapes), options));
}

}  // namespace lamina
