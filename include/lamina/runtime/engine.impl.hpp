// SPDX-License-Identifier: Apache-2.0
// An engine's bindings, report and run(). Included by engine.hpp, or compiled into Lamina::compiled.
#pragma once
#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/runtime/engine.hpp>
#include <lamina/runtime/engine_shared.hpp>

namespace lamina {

LAMINA_INLINE engine::engine(std::shared_ptr<detail::engine_shared> made)
    : shared_(std::move(made)) {}

LAMINA_INLINE const detail::engine_state& engine::state() const {
    if (!shared_) [[unlikely]]
        throw error(errc::option, "engine",
            "this engine was moved from, it has no plan; use the one that it was moved to");
    return *shared_->state;
}

LAMINA_INLINE context engine::make_context(const context_options& options) const {
    state();
    context made(shared_->state,
        shared_->shapes ? shared_->shapes->reserved : detail::reserved_memory(), options);
    made.shapes_ = shared_->shapes;
    made.values_ = shared_->values;
    return made;
}

LAMINA_INLINE const plan_binding& engine::input(std::string_view name) const {
    return plan().inputs[context::find(plan().inputs, name, "input", errc::input_missing)];
}

LAMINA_INLINE const plan_binding& engine::output(std::string_view name) const {
    return plan().outputs[context::find(plan().outputs, name, "output", errc::output_missing)];
}

LAMINA_INLINE const plan_records& engine::plan() const { return *state().plan; }
LAMINA_INLINE const device& engine::device_of() const { return state().dev; }
LAMINA_INLINE const engine_report& engine::report() const { return state().report; }

LAMINA_INLINE std::string_view engine::tactic(std::size_t step) const {
    const built_programs& programs = state().programs;
    return plan().tactics[programs.all[programs.steps.at(step).program].tactic].name;
}

LAMINA_INLINE chosen_by engine::tactic_chosen_by(std::size_t step) const {
    return state().programs.steps.at(step).by;
}

/// `values` have no name yet.
LAMINA_INLINE result engine::run_one(named_values values) const {
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
    values.name = plan().inputs[0].name;
    return std::move(run({values}).all[0].second);
}

namespace detail {

/// All outputs of a context that ran.
inline results read_results(context& run) {
    results out;
    for (const plan_binding& b : run.plan().outputs) {
        result one;
        one.dims = b.dims;
        if (b.type == dtype::i32) {
            const auto ints = run.get<int>(b.name);
            one.indices.assign(ints.begin(), ints.end());
            one.values.assign(ints.begin(), ints.end());
        } else if (b.type == dtype::i8) {
            const auto bytes = run.get<std::int8_t>(b.name);
            one.indices.assign(bytes.begin(), bytes.end());
            one.values.assign(bytes.begin(), bytes.end());
        } else if (is_integer(b.type)) {
            const auto bytes = run.get<std::uint8_t>(b.name);
            one.indices.assign(bytes.begin(), bytes.end());
            one.values.assign(bytes.begin(), bytes.end());
        } else {
            const auto floats = run.get<float>(b.name);
            one.values.assign(floats.begin(), floats.end());
        }
        out.all.emplace_back(b.name, std::move(one));
    }
    return out;
}

}  // namespace detail

LAMINA_INLINE results engine::run(std::initializer_list<named_values> inputs) const {
    state();
    const std::vector<std::size_t> places = input_places(inputs);
    const std::lock_guard lock(shared_->running);
    if (!shared_->own) shared_->own.emplace(make_context());
    return run_in(*shared_->own, {inputs.begin(), inputs.size()}, places);
}

/// A run of one of its contexts, with inputs at these places; nothing is kept from the run before.
LAMINA_INLINE results engine::run_in(
    context& own, std::span<const named_values> inputs, std::span<const std::size_t> places) const {
    std::size_t next = 0;
    const bool gives_dims = std::any_of(inputs.begin(), inputs.end(),
        [](const named_values& given) { return given.dims.has_value(); });
    if (shared_->shapes || gives_dims) {
        std::vector<int> values = shared_->values;
        own.given_by_.assign(values.size(), 0);
        for (const named_values& given : inputs)
            if (const std::size_t at = places[next++]; given.dims)
                values = own.values_for(at, *given.dims, std::move(values));
        own.reshape_to(values);
        next = 0;
        for (const named_values& given : inputs)
            if (const std::size_t at = places[next++]; given.dims)
                own.check_extents(own.plan(), at, *given.dims);
        next = 0;
    }
    for (const named_values& given : inputs)
        own.fill(places[next++], given.data, given.count, given.type);
    own.reset_state();
    own.run();
    return detail::read_results(own);
}

/// Which input each of the given values is for.
LAMINA_INLINE std::vector<std::size_t> engine::input_places(
    std::initializer_list<named_values> given) const {
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

}  // namespace lamina
