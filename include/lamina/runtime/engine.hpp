// SPDX-License-Identifier: Apache-2.0
// A plan bound to one device: weights folded and packed, kernels built. Made once per program; contexts run
// it, and run() is a shortcut for programs that run one thing at a time.
#pragma once
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/linkage.hpp>
#include <lamina/core/shape_planner.hpp>
#include <lamina/plan/records.hpp>
#include <lamina/runtime/context.hpp>
#include <lamina/runtime/device.hpp>
#include <lamina/runtime/engine_options.hpp>
#include <lamina/runtime/engine_report.hpp>
#include <lamina/runtime/results.hpp>
#include <lamina/runtime/weights.hpp>

namespace lamina {

namespace detail {
struct engine_shared;
struct inferring;
}  // namespace detail

/// A cheap handle: copies share plan, programs and weights. Threads may share one engine, or
/// copies of it, in every const member; contexts are of one thread each.
class engine {
public:
    /// From a plan of the program (frozen_plan) and the weights it was written for. Its kernels are
    /// run without checks of trust: pass bytes from elsewhere to load().
    /// Errors  LAM-R04 to R08 (weights), R10 to R12 (plan), R15 to R17 (device), R22.
    /// Cost    report() has the time of each part.
    engine(plan_bytes plan, const weights& file, const device& dev = device::best(),
        const engine_options& options = {});

    /// From a file that save() wrote, on this or another device. A plan is a program: see trust.
    /// Errors  LAM-R01, LAM-R02 if the file changes meanwhile, LAM-R10 for a damaged file, LAM-R25 for
    ///         untrusted code, and those above.
    static engine load(const std::string& path, const device& dev = device::best(),
        const load_options& options = {});

    /// From the bytes of such a file; `label` names them in errors.
    static engine load(std::span<const std::byte> bytes, const std::string& label,
        const device& dev = device::best(), const load_options& options = {});

    /// From such a file linked into the program: lamina::embedded("resnet18").
    static engine load(
        const blob& file, const device& dev = device::best(), const load_options& options = {}) {
        return load(file.bytes, std::string(file.name), dev, options);
    }

    /// Writes one self-contained file: plan, kernel texts, packed weights. A program that saves for its
    /// own next start loads with {.trust = trust::binaries}, from a folder that no other user can write
    /// to, or signs the plan. The file is of this engine's shape, and of those in save_options::shapes.
    /// Errors  LAM-R03, also if the path exists and is not a plain file; symbolic links are followed. LAM-R27
    ///         a shape that the network refuses, or that the file which this engine was loaded from has not.
    void save(const std::string& path, const save_options& options = {}) const;

    /// The same engine with the tactics of a timing cache: shares weights, builds kernels.
    /// Errors  LAM-R15 to R17.
    engine tuned(const timing_cache& timings) const;

    /// The same network on another device, from the packed weights of this one: they are copied, nothing is
    /// folded or packed again. On this engine's own device, say for another number of threads, both share them.
    /// Of the options `tuning`, `timings`, `merge` and `threads` count; the rest is as in this engine.
    /// Errors  LAM-R15 to R17, LAM-R22.
    engine on(const device& dev, const engine_options& options = {}) const;

    /// The engine of the same network at other values of its dims; those that are not named have their opt.
    /// It is made once and kept: of more than engine_options::shapes, the least recently used one goes.
    /// Weights are shared where they are packed alike, kernels where their texts agree.
    /// Errors  LAM-R27 no such dim, a value that it cannot have, a shape that the network refuses.
    /// Cost    a plan (0.3 to 2 ms), and building kernels that no shape before had.
    engine at(std::span<const shape_value> values) const;
    engine at(std::initializer_list<shape_value> values) const {
        return at(std::span(values.begin(), values.size()));
    }
    /// Makes what shapes need before it is needed: their plans, which are kept as at() keeps them, and one
    /// program with all of their kernels, each tiled for its shape. `engine.prepare({{{"batch", 3}}, {{"batch",
    /// 8}}})`. On GPUs, where kernels take sizes as arguments, also the programs that other shapes run them with: with the
    /// least, the usual and the largest shape prepared, others hardly ever build any. Contexts that run go on meanwhile.
    /// Errors  as at().
    void prepare(std::span<const std::vector<shape_value>> shapes) const;
    void prepare(std::initializer_list<std::vector<shape_value>> shapes) const {
        prepare(std::span(shapes.begin(), shapes.size()));
    }
    /// The dims of the network, and the values that they may have.
    std::span<const plan_dim> dims() const;

    /// Own arena and queue for one thread; make as many as there are threads.
    /// Errors  LAM-R22 for a number of threads that the device cannot run.
    context make_context(const context_options& options = {}) const;

    /// Name, type and extents of an input or output.
    /// Errors  LAM-R18, LAM-R21 with the existing names.
    const plan_binding& input(std::string_view name) const;
    const plan_binding& output(std::string_view name) const;
    const std::vector<plan_binding>& inputs() const { return plan().inputs; }
    const std::vector<plan_binding>& outputs() const { return plan().outputs; }

    const plan_records& plan() const;
    const device& device_of() const;
    const engine_report& report() const;

    /// The tactic that a step of plan().steps runs with.
    std::string_view tactic(std::size_t step) const;
    /// The origin of that tactic.
    chosen_by tactic_chosen_by(std::size_t step) const;

    /// One input's values in, the only output's out. One run at a time; threads wait.
    /// Errors  LAM-R18 to R21; a network with several needs the call with names.
    template <contiguous_values Values> result run(const Values& values) const {
        return run_one(named_values({}, values));
    }

    /// The same at other extents of a network with dims: engine.run(values, {3, 3, 480, 640}).
    template <contiguous_values Values> result run(const Values& values, const shape& dims) const {
        return run_one(named_values({}, values, dims));
    }

    /// Inputs by name in, all outputs out: engine.run({{"image", image}})["scores"]. Every input
    /// once, each time: nothing is kept from one call to the next, and states begin as zeros. Inputs of a
    /// network with dims may have other extents: {{"image", image, {3, 3, 480, 640}}}.
    /// Errors  LAM-R27 as context::set_input; LAM-R18 an input does not exist, is missing, or is given twice; LAM-R19, LAM-R20.
    results run(std::initializer_list<named_values> inputs) const;

private:
    friend struct detail::batching;
    friend struct detail::inferring;
    std::shared_ptr<detail::engine_shared> shared_;

    explicit engine(std::shared_ptr<detail::engine_shared> made);
    const detail::engine_state& state() const;
    result run_one(named_values values) const;
    void save_shapes(const std::string& path, const save_options& options) const;
    results run_in(context& own, std::span<const named_values> inputs,
        std::span<const std::size_t> places) const;
    static void run_once(const std::shared_ptr<detail::engine_state>& at);
    std::vector<std::size_t> input_places(std::initializer_list<named_values> given) const;
};

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/runtime/context_shapes.impl.hpp>
#include <lamina/runtime/engine.impl.hpp>
#include <lamina/runtime/engine_loading.impl.hpp>
#include <lamina/runtime/engine_shapes.impl.hpp>
#endif
