// SPDX-License-Identifier: Apache-2.0
// The arguments of a context's kernels: set once, and again where an input or output moves.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <lamina/runtime/context.hpp>
#include <lamina/runtime/context_state.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/merge_steps.hpp>

namespace lamina {

namespace detail {

/// Sets a kernel's arguments one behind the other.
struct argument_setter {
    cl_kernel kernel;
    cl_int code = CL_SUCCESS;  ///< of the first that did not fit
    cl_uint at = 0;

    template <class Value> void operator()(const Value& value) {
        const cl_int now = clSetKernelArg(kernel, at++, sizeof value, &value);
        if (code == CL_SUCCESS) code = now;
    }
};

}  // namespace detail

LAMINA_INLINE cl_mem context::own_buffer(memory_space space, std::size_t index) const {
    return space == memory_space::arena  ? arena_.get()
        : space == memory_space::weights ? engine_->weights.get()
        : space == memory_space::input   ? inputs_[index].own->get()
                                         : outputs_[index].own->get();
}

/// A step's kernel in a program of its own. Arguments: for each buffer its memory and its offset in
/// elements, then the numbers.
LAMINA_INLINE detail::ready_kernel context::ready_step(
    std::size_t step, const built_kernel& k) const {
    const plan_step& s = plan().steps[step];
    const chosen_launch launch = detail::launch_of(s, plan().tactics[k.tactic], 0);
    detail::ready_kernel out{
        k.built.kernel(std::string(plan().kernels[s.kernel].family)), {}, {}, step};
    std::copy(launch.global.begin(), launch.global.end(), out.global);
    std::copy(launch.local.begin(), launch.local.end(), out.local);
    detail::argument_setter set{out.kernel.get()};
    for (const plan_argument& a : s.arguments) {
        set(own_buffer(a.space, a.index));
        set(cl_ulong{a.offset / size_bytes(a.type)});
    }
    for (const std::int32_t number : s.numbers) set(number);
    if (set.code) fail_step(step, set.code, setting_arguments);
    return out;
}

/// Merged steps in one launch.
LAMINA_INLINE detail::ready_kernel context::ready_merged(
    std::size_t first, std::size_t last) const {
    const unsigned units = engine_->dev.facts().compute_units;
    const unsigned threads = detail::merged_threads(units);
    detail::ready_kernel out{engine_->programs.merged.built.kernel("run_steps"),
        {detail::merged_groups(threads, units), 1, 1}, {1, 1, 1}, first, true};
    detail::argument_setter set{out.kernel.get()};
    for (const std::size_t number : {first, last, std::size_t{threads}})
        set(static_cast<cl_int>(number));
    set(engine_->table.get());
    set(merged_state_.get());
    set(own_buffer(memory_space::arena, 0));
    set(own_buffer(memory_space::weights, 0));
    for (const auto& [space, count] : {std::pair(memory_space::input, inputs_.size()),
             std::pair(memory_space::output, outputs_.size())})
        for (std::size_t i = 0; i < count; ++i) {
            set(own_buffer(space, i));
            set(cl_ulong{0});
        }
    if (set.code) fail_step(first, set.code, setting_arguments);
    return out;
}

LAMINA_INLINE void context::rebind(
    memory_space space, std::size_t index, cl_mem memory, std::size_t offset_bytes) {
    for (const detail::ready_kernel& launch : launches_) {
        detail::argument_setter set{launch.kernel.get()};
        const auto set_at = [&](cl_uint at, cl_ulong offset) {
            set.at = at;
            set(memory);
            set(offset);
        };
        if (launch.merged) {
            // first, last, threads, table, state, arena and weights, then two for each binding
            const std::size_t binding = detail::buffer_index(plan(), space, index) - 2;
            set_at(static_cast<cl_uint>(7 + 2 * binding), offset_bytes);
        } else {
            cl_uint at = 0;
            for (const plan_argument& a : plan().steps[launch.step].arguments) {
                if (a.space == space && a.index == index)
                    set_at(at, (offset_bytes + a.offset) / size_bytes(a.type));
                at += 2;
            }
        }
        if (set.code) fail_step(launch.step, set.code, setting_arguments);
    }
}

}  // namespace lamina
