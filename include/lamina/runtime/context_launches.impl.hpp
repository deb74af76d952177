// SPDX-License-Identifier: Apache-2.0
// The arguments of a context's kernels: set once, and again where an input or output moves.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <lamina/runtime/context.hpp>
#include <lamina/runtime/context_state.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/merge_steps.hpp>

namespace lamina {

namespace detail {

/// Sets a kernel's arguments one after the other.
struct argument_setter {
    cl_kernel kernel;
    cl_int code = CL_SUCCESS;  ///< of the first that failed
    cl_uint at = 0;

    template <class Value> void operator()(const Value& value) {
        const cl_int now = clSetKernelArg(kernel, at++, sizeof value, &value);
        if (code == CL_SUCCESS) code = now;
    }
};

}  // namespace detail

LAMINA_INLINE cl_mem context::own_buffer(memory_space space, std::size_t index) const {
    return space == memory_space::arena ? arena_->buffer.get()
        : space == memory_space::weights
        ? (index && engine_->further ? engine_->further : engine_->weights).get()
        : space == memory_space::state ? states_.get()
        : space == memory_space::input ? inputs_[index].own->get()
                                       : outputs_[index].own->get();
}

/// The element at which an argument begins.
LAMINA_INLINE std::uint64_t context::place_in_buffer(const plan_argument& a) const {
    return (offset_of(plan(), a.space, a.index) + a.offset) / size_bytes(a.type);
}

/// A step's kernel in a program of its own. Arguments: for each buffer its memory and its offset in
/// elements, then the numbers.
LAMINA_INLINE detail::ready_kernel context::ready_step(
    std::size_t step, const built_kernel& k) const {
    const plan_step& s = plan().steps[step];
    const plan_tactic& tactic = plan().tactics[k.tactic];
    const chosen_launch launch = detail::launch_of(s, tactic, 0, engine_->threads);
    detail::ready_kernel out{
        k.built.kernel(std::string(plan().kernels[s.kernel].family)), {}, {}, step};
    std::copy(launch.global.begin(), launch.global.end(), out.global);
    std::copy(launch.local.begin(), launch.local.end(), out.local);
    if (tactic.gemm.present) add_gemm(out, k);
    for (const opencl::kernel* kernel :
        {&out.kernel, out.gemm && out.gemm->patches ? &out.gemm->patches : nullptr}) {
        if (!kernel) continue;
        detail::argument_setter set{kernel->get()};
        for (const plan_argument& a : s.arguments) {
            set(own_buffer(a.space, a.index));
            set(cl_ulong{place_in_buffer(a)});
        }
        for (const std::int64_t offset : {std::int64_t{0}, tactic.gemm.product_offset()}) {
            if (!out.gemm) break;
            set(out.gemm->scratch.get());
            set(static_cast<cl_ulong>(offset));
        }
        for (const std::int32_t number : s.numbers) set(number);
        if (set.code) fail_step(step, set.code, setting_arguments);
    }
    return out;
}

/// The product of a step's tactic, where its matrices lie, and memory for those that only exist while
/// the step runs.
LAMINA_INLINE void context::add_gemm(detail::ready_kernel& to, const built_kernel& k) const {
    const plan_step& s = plan().steps[to.step];
    const gemm_call& what = plan().tactics[k.tactic].gemm;
    const auto bytes = static_cast<std::uint64_t>(what.scratch_bytes());
    const opencl::buffer scratch = bytes && bytes <= scratch_bytes_
        ? scratch_
        : detail::make_buffer(
              engine_->dev, CL_MEM_READ_WRITE, bytes, "scratch memory of a matrix product");
    const auto place = [&](std::int32_t argument, std::int64_t in_scratch) -> detail::gemm_buffer {
        if (argument < 0) return {scratch.get(), static_cast<std::uint64_t>(in_scratch)};
        const plan_argument& a = s.arguments[static_cast<std::size_t>(argument)];
        return {own_buffer(a.space, a.index), place_in_buffer(a)};
    };
    to.gemm = std::make_unique<detail::ready_gemm>(detail::ready_gemm{what, place(what.a, 0),
        place(what.b, 0), place(what.c, what.product_offset()), {}, scratch});
    if (what.has_patches())
        to.gemm->patches
            = k.built.kernel(std::string(plan().kernels[s.kernel].family) + "_patches");
}

/// The commands of a step whose product a library computes, one behind the other.
LAMINA_INLINE void context::launch_gemm(
    const detail::ready_kernel& k, cl_command_queue queue, detail::launch_times* times) {
    const detail::ready_gemm& g = *k.gemm;
    const auto need = [&](cl_int code) {
        if (code != CL_SUCCESS) [[unlikely]]
            fail_step(k.step, code);
    };
    const auto then = [&] {
        if (out_of_order_ && queue == checked_queue_.get())
            need(clEnqueueBarrierWithWaitList(queue, 0, nullptr, nullptr));
    };
    const auto enqueue = [&](const opencl::kernel& kernel, cl_event* done) {
        need(clEnqueueNDRangeKernel(
            queue, kernel.get(), 3, nullptr, k.global, k.local, 0, nullptr, done));
    };
    if (times) need(clEnqueueMarkerWithWaitList(queue, 0, nullptr, times->before.fill()));
    if (g.patches) {
        enqueue(g.patches, nullptr);
        then();
    }
    cl_event* const done = times ? times->done.fill() : nullptr;
    const bool finishes = g.what.has_product();
    if (const int status
        = detail::enqueue_gemm(g.what, g.a, g.b, g.c, queue, finishes ? nullptr : done))
        fail_gemm(k.step, status);
    if (!finishes) return;
    then();
    enqueue(k.kernel, done);
}

LAMINA_INLINE void context::fail_gemm(std::size_t step, int status) const {
    throw opencl::call_failed(errc::device_failure, engine_->dev.name(),
        step_text(plan(), step) + ": its matrix product by CLBlast failed on "
            + engine_->dev.subject() + ": " + detail::gemm_words(status)
            + "; run without the timing cache that chose the tactic, or set LAMINA_ABILITIES to "
              "leave out 'clblast'",
        status);
}

/// The launch of one step. A run needs none of a merged step: contexts are made without, in half a millisecond less.
LAMINA_INLINE const detail::ready_kernel& context::step_alone(std::size_t step) {
    detail::ready_kernel& out = launches_[step];
    if (!out.kernel) out = ready_merged(step, step + 1);
    return out;
}

/// Merged steps in one launch.
LAMINA_INLINE detail::ready_kernel context::ready_merged(
    std::size_t first, std::size_t last) const {
    return ready_merged(first, engine_->programs.merged.built, {first, last, plan().steps.size()},
        engine_->table.get(), merged_state_.get(), ticks_.get());
}

/// A merged program for these numbers: the first step, the end, and the steps of its table. `ticks`: of a program
/// whose threads note their times, else null. `step` is named if something fails.
LAMINA_INLINE detail::ready_kernel context::ready_merged(std::size_t step, const program& built,
    const std::array<std::size_t, 3>& numbers, cl_mem table, cl_mem state, cl_mem ticks) const {
    const unsigned units = engine_->dev.facts().compute_units;
    detail::ready_kernel out{built.kernel("run_steps"),
        {detail::merged_groups(threads_, units), 1, 1}, {1, 1, 1}, step, true};
    detail::argument_setter set{out.kernel.get()};
    for (const std::size_t number : numbers) set(static_cast<cl_int>(number));
    set(static_cast<cl_int>(threads_));
    set(table);
    set(state);
    set(own_buffer(memory_space::arena, 0));
    set(own_buffer(memory_space::weights, 0));
    set(own_buffer(memory_space::weights, 1));
    if (!plan().states.empty()) set(own_buffer(memory_space::state, 0));
    for (const std::vector<detail::io_slot>* slots : {&inputs_, &outputs_})
        for (const detail::io_slot& s : *slots) {
            set(s.bound ? s.bound.get() : s.own->get());
            set(static_cast<cl_ulong>(s.bound ? s.bound_offset : 0));
        }
    if (ticks) set(ticks);
    if (set.code) fail_step(step, set.code, setting_arguments);
    return out;
}

LAMINA_INLINE void context::rebind(
    memory_space space, std::size_t index, cl_mem memory, std::size_t offset_bytes) {
    for (detail::ready_kernel& launch : launches_) {
        if (!launch.kernel) continue;
        detail::argument_setter set{launch.kernel.get()};
        const auto set_at = [&](cl_uint at, cl_ulong offset) {
            set.at = at;
            set(memory);
            set(offset);
        };
        if (launch.merged) {
            // first, last, steps, threads, table, state, the own buffers, then two for each binding
            const std::size_t own = detail::own_buffers(plan());
            const std::size_t binding = detail::buffer_index(plan(), space, index) - own;
            set_at(static_cast<cl_uint>(6 + own + 2 * binding), offset_bytes);
        } else {
            const std::vector<plan_argument>& all = plan().steps[launch.step].arguments;
            for (std::size_t i = 0; i < all.size(); ++i) {
                const plan_argument& a = all[i];
                if (a.space != space || a.index != index) continue;
                const std::uint64_t offset = (offset_bytes + a.offset) / size_bytes(a.type);
                const auto at = static_cast<cl_uint>(2 * i);
                set.kernel = launch.kernel.get();
                set_at(at, offset);
                if (!launch.gemm) continue;
                detail::ready_gemm& g = *launch.gemm;
                for (const auto& [number, matrix] : {std::pair(g.what.a, &g.a),
                         std::pair(g.what.b, &g.b), std::pair(g.what.c, &g.c)})
                    if (number == static_cast<std::int32_t>(i)) *matrix = {memory, offset};
                if (!g.patches) continue;
                set.kernel = g.patches.get();
                set_at(at, offset);
            }
        }
        if (set.code) fail_step(launch.step, set.code, setting_arguments);
    }
}

}  // namespace lamina
