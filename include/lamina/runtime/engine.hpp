// SPDX-License-Identifier: Apache-2.0
// A plan bound to one device: weights folded and packed, kernels built. What main() makes once.
// Contexts run it; run() is the short way for programs that run one thing at a time.
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/plan/print.hpp>
#include <lamina/plan/print_stages.hpp>
#include <lamina/runtime/check_reach.hpp>
#include <lamina/runtime/context.hpp>
#include <lamina/runtime/packed_weights.hpp>
#include <lamina/runtime/parallel.hpp>
#include <lamina/runtime/plan_source.hpp>
#include <lamina/runtime/results.hpp>
#include <lamina/runtime/save_plan.hpp>
#include <lamina/runtime/timed_choice.hpp>
#include <lamina/runtime/trust.hpp>

namespace lamina {

struct engine_options {
    bool strict = true;                       ///< refuse weights files with unread tensors,
    std::vector<std::string> ignore = {};     ///< but for these: `{"aux.*", "*.position_ids"}`
    std::span<const tuning_row> tuning = {};  ///< tactics by rule, asked before the plan's own
    /// Measured tactics, asked before both; null: the file that LAMINA_TIMING_CACHE names, if any.
    const timing_cache* timings = nullptr;
    /// On CPUs, neighbouring steps share a launch: 10 to 40 % faster on two cores. Without, each has
    /// its own, as on other devices.
    bool merge = true;
};

/// How engine::load() takes a saved plan.
struct load_options {
    std::span<const tuning_row> tuning = {};  ///< as in engine_options
    const timing_cache* timings = nullptr;    ///< as in engine_options
    bool merge = true;                        ///< as in engine_options
    /// Which code of the plan is run: by default Lamina's own kernels alone.
    lamina::trust trust = lamina::trust::catalogue;
    /// Texts of the program's own kernels (custom_layer::text), which the plan may bring too.
    std::span<const std::string_view> kernels = {};
    /// Where there are keys, the plan must be signed with one of them, and is trusted whole then.
    std::span<const plan_key> signed_by = {};
};

/// A cheap handle: copies share plan, programs and weights. Threads may share one engine, or
/// copies of it, in every const member; contexts are of one thread each.
class engine {
public:
    /// From a plan of the program (frozen_plan) and the weights it was written for. Its kernels are
    /// run as they are: give bytes from elsewhere to load().
    /// Errors  LAM-R04 to R08 (weights), R10 to R12 (plan), R15 to R17 (device), R22.
    /// Cost    report() says how long each part took.
    engine(std::span<const std::byte> plan, const weights& file, const device& dev = device::best(),
        const engine_options& options = {})
        : engine(plan, "plan", dev, options, [&](detail::engine_state& made) {
              detail::fill_weights(made, [&](std::span<std::byte> packed) {
                  fold_weights(*made.plan, file, options.strict, packed, options.ignore);
              });
          }) {}

    /// From a file that save() wrote, on this or another device. A plan is a program: see trust.
    /// Errors  LAM-R01, LAM-R02 when the file changes meanwhile, LAM-R10 for a damaged file, LAM-R25
    ///         for code that it is not trusted with, and those above.
    static engine load(const std::string& path, const device& dev = device::best(),
        const load_options& options = {}) {
        detail::plan_source source(path);
        return load(source, dev, options);
    }

    /// From the bytes of such a file; `label` names them in errors.
    static engine load(std::span<const std::byte> bytes, const std::string& label,
        const device& dev = device::best(), const load_options& options = {}) {
        detail::plan_source source(bytes, label);
        return load(source, dev, options);
    }

    /// From such a file linked into the program: lamina::embedded("resnet18").
    static engine load(
        const blob& file, const device& dev = device::best(), const load_options& options = {}) {
        return load(file.bytes, std::string(file.name), dev, options);
    }

    /// Writes one file that needs nothing else: plan, kernel texts, packed weights. A program that
    /// saves for its own next start loads with {.trust = trust::binaries}, from a folder that nobody
    /// else can write to, or signs.
    /// Errors  LAM-R03, also where the path is there and no plain file; a symbolic link is followed.
    void save(const std::string& path, const save_options& options = {}) const {
        if (options.with_binaries && device_of().facts().compiles_lazily) {
            // Such drivers have a kernel's code only once it has run.
            context warm = make_context();
            warm.fill_zeros();
            warm.run();
        }
        const detail::engine_state& from = state();
        const std::lock_guard lock(*from.mapping);
        detail::save_plan(from, path, options);
    }

    /// The same engine with the tactics that a timing cache knows: shares weights, builds kernels.
    /// Errors  LAM-R15 to R17.
    engine tuned(const timing_cache& timings) const {
        const detail::engine_state& from = state();
        auto made = std::make_shared<detail::engine_state>(from.plan, from.dev);
        made->weights = opencl::buffer::shared(from.weights.get());
        made->mapping = from.mapping;
        made->shown = from.shown;
        made->merge = from.merge;
        return engine(std::move(made), {.timings = &timings, .merge = from.merge});
    }

    /// Own arena and queue for one thread; make as many as there are threads.
    context make_context() const {
        state();
        return context(shared_->state);
    }

    /// Name, type and extents of an input or output.
    /// Errors  LAM-R18, LAM-R21 with the names that there are.
    const plan_binding& input(std::string_view name) const {
        return plan().inputs[context::find(plan().inputs, name, "input", errc::input_missing)];
    }
    const plan_binding& output(std::string_view name) const {
        return plan().outputs[context::find(plan().outputs, name, "output", errc::output_missing)];
    }
    const std::vector<plan_binding>& inputs() const { return plan().inputs; }
    const std::vector<plan_binding>& outputs() const { return plan().outputs; }

    const plan_records& plan() const { return *state().plan; }
    const device& device_of() const { return state().dev; }
    const engine_report& report() const { return state().report; }

    /// The tactic that a step of plan().steps runs with.
    std::string_view tactic(std::size_t step) const {
        const built_programs& programs = state().programs;
        return plan().tactics[programs.all[programs.steps.at(step).program].tactic].name;
    }
    /// Why it runs with that one.
    chosen_by tactic_chosen_by(std::size_t step) const {
        return state().programs.steps.at(step).by;
    }

    /// One input's values in, the only output's out. One run at a time; threads wait.
    /// Errors  LAM-R18 to R21; a network with several needs the call with names.
    template <std::ranges::contiguous_range Values> result run(const Values& values) const {
        if (plan().inputs.size() != 1)
            throw error(errc::input_missing, std::string(plan().network),
                "the network has " + std::to_string(plan().inputs.size()) + " inputs ("
                    + context::names(plan().inputs)
                    + "), run(values) gives 1; use run({{name, values}, ...})");
        if (plan().outputs.size() != 1)
            throw error(errc::output_missing, std::string(plan().network),
                "the network has " + std::to_string(plan().outputs.size()) + " outputs ("
                    + context::names(plan().outputs) + "), run(values) returns 1; use run({{\""
                    + std::string(plan().inputs[0].name) + "\", values}})[name]");
        return std::move(run({{plan().inputs[0].name, values}}).all[0].second);
    }

    /// Inputs by name in, all outputs out: engine.run({{"image", image}})["scores"]. Every input
    /// once, each time: nothing is kept from one call to the next.
    /// Errors  LAM-R18 an input is not there, not given, or given twice; LAM-R19, LAM-R20.
    results run(std::initializer_list<named_values> inputs) const {
        state();
        const std::vector<std::size_t> places = input_places(inputs);
        const std::lock_guard lock(shared_->running);
        if (!shared_->own) shared_->own.emplace(shared_->state);
        context& own = *shared_->own;
        std::size_t next = 0;
        for (const named_values& given : inputs)
            own.fill(places[next++], given.data, given.count, given.ints);
        own.run();
        results out;
        for (const plan_binding& b : plan().outputs) {
            result one;
            one.dims = b.dims;
            if (b.type == dtype::i32) {
                const auto ints = own.get<int>(b.name);
                one.indices.assign(ints.begin(), ints.end());
                one.values.assign(ints.begin(), ints.end());
            } else {
                const auto floats = own.get<float>(b.name);
                one.values.assign(floats.begin(), floats.end());
            }
            out.all.emplace_back(b.name, std::move(one));
        }
        return out;
    }

private:
    struct shared {
        std::shared_ptr<detail::engine_state> state;
        std::mutex running;
        std::optional<context> own;  ///< of run(), made when it is first called
    };
    std::shared_ptr<shared> shared_;

    const detail::engine_state& state() const {
        if (!shared_) [[unlikely]]
            throw error(errc::option, "engine",
                "this engine was moved from, it has no plan; use the one that it was moved to");
        return *shared_->state;
    }

    /// Which input each of the given values is for.
    std::vector<std::size_t> input_places(std::initializer_list<named_values> given) const {
        const std::vector<plan_binding>& all = plan().inputs;
        std::vector<std::size_t> places;
        std::vector<bool> has(all.size(), false);
        for (const named_values& one : given) {
            places.push_back(context::find(all, one.name, "input", errc::input_missing));
            if (has[places.back()])
                throw error(errc::input_missing, std::string(one.name),
                    "input '" + std::string(one.name)
                        + "' is given twice, run() takes each input once; remove one of them");
            has[places.back()] = true;
        }
        std::vector<plan_binding> missing;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (!has[i]) missing.push_back(all[i]);
        if (missing.empty()) return places;
        throw error(errc::input_missing, std::string(missing[0].name),
            (missing.size() == 1 ? "input " : "inputs ") + context::names(missing)
                + (missing.size() == 1 ? " is" : " are") + " not given, the network needs "
                + context::names(all)
                + "; run() keeps no inputs of earlier calls, give every input (a context keeps "
                  "what was set)");
    }

    /// `check` looks at the plan before anything is made of it.
    template <class Fill, class Check = decltype([](const plan_records&) {})>
    engine(std::span<const std::byte> bytes, const std::string& label, const device& dev,
        const engine_options& options, Fill fill_weights, Check check = {}) {
        const shown_tables shown = read_show();
        const auto start = std::chrono::steady_clock::now();
        const plan_view plan = plan_view::open(bytes, label);
        check(*plan);
        detail::check_reach(*plan, label);
        auto made = std::make_shared<detail::engine_state>(plan, dev);
        made->report.read_ms = detail::ms_since(start);
        made->shown = shown;
        made->merge = options.merge;
        if (shown.fuse) show(fuse_table(*plan));
        if (shown.memory) show(memory_map(*plan));
        if (shown.plan) show(plan_table(*plan));
        made->dev.context();  // for both
        detail::side_work programs(
            [&](const std::atomic<bool>& unwanted) { build(*made, options, &unwanted); });
        fill_weights(*made);
        programs.done();
        finish(std::move(made));
    }

    engine(std::shared_ptr<detail::engine_state> made, const engine_options& options) {
        build(*made, options, nullptr);
        finish(std::move(made));
    }

    /// Chooses tactics and builds programs.
    static void build(detail::engine_state& made, const engine_options& options,
        const std::atomic<bool>* unwanted) {
        const plan_records& plan = *made.plan;
        const auto start = std::chrono::steady_clock::now();
        timed_choice choice;
        const std::string file = environment("LAMINA_TIMING_CACHE");
        if (options.timings)
            choice = choose_tactics(plan, made.dev, *options.timings);
        else if (!file.empty())
            choice = choose_tactics(plan, made.dev, timing_cache::open(file));
        made.report.timings = choice.note;
        made.programs = build_programs(
            plan, made.dev, options.tuning, choice.tactics, unwanted, options.merge);
        made.report.build_ms = detail::ms_since(start);
    }

    /// What is left once there are a plan, weights and programs.
    void finish(std::shared_ptr<detail::engine_state> made) {
        const plan_records& plan = *made->plan;
        engine_report& report = made->report;
        for (const built_kernel& k : made->programs.all) {
            report.kernels.push_back({std::string(plan.kernels[k.kernel].family),
                std::string(plan.tactics[k.tactic].name), k.report.note, 0, "", k.report.hit,
                k.report.ms});
            ++(k.report.hit ? report.cache_hits : report.cache_misses);
        }
        for (const chosen_launch& step : made->programs.steps) {
            engine_report::kernel_row& row = report.kernels[step.program];
            const std::string by(to_text(step.by));
            if (row.by.find(by) == std::string::npos) row.by += (row.by.empty() ? "" : ", ") + by;
            ++row.steps;
        }
        report.launches = made->stretches().size();
        detail::fill_table(*made);
        if (made->shown.kernels) show(report.table());
        shared_ = std::make_shared<shared>();
        shared_->state = std::move(made);
    }

    static engine load(
        detail::plan_source& source, const device& dev, const load_options& options) {
        if (!options.signed_by.empty()) source.require_signature(options.signed_by);
        const trust level = options.signed_by.empty() ? options.trust : trust::binaries;
        const engine_options rest{
            .tuning = options.tuning, .timings = options.timings, .merge = options.merge};
        const std::string& label = source.label();
        const auto check = [&](const plan_records& plan) {
            detail::check_trust(plan, level, options.kernels, label);
            if (!plan.segment.present || plan.segment.bytes != source.segment_bytes())
                throw error(errc::plan_damaged, label,
                    label + " carries " + std::to_string(source.segment_bytes())
                        + " bytes of weights, its plan tells of "
                        + std::to_string(plan.segment.bytes) + "; save it again");
        };
        return engine(
            source.plan(), label, dev, rest,
            [&](detail::engine_state& made) {
                detail::fill_weights(made, [&](std::span<std::byte> packed) {
                    detail::copy_segment(source, made.plan->segment, packed);
                });
            },
            check);
    }
};

}  // namespace lamina
