// SPDX-License-Identifier: Apache-2.0
// Reads back what a context computed: values of tensors, and the ranges and times of its steps.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <lamina/runtime/context.hpp>
#include <lamina/runtime/context_state.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/stored_number.hpp>
#include <lamina/runtime/thread_times.hpp>

namespace lamina {

LAMINA_INLINE std::vector<float> context::read_tensor(const plan_tensor& t) {
    std::vector<std::byte> bytes(
        static_cast<std::size_t>(span_elements(t.at(), t.dims)) * size_bytes(t.type));
    cl_mem memory = own_buffer(t.space, t.index);
    std::size_t offset = static_cast<std::size_t>(offset_of(plan(), t.space, t.index) + t.offset);
    if (t.space == memory_space::input || t.space == memory_space::output) {
        const detail::io_slot& s = (t.space == memory_space::input ? inputs_ : outputs_)[t.index];
        memory = s.bound ? s.bound.get() : s.own->get();
        offset += s.bound ? s.bound_offset : 0;
    }
    opencl::check(clEnqueueReadBuffer(queue_.get(), memory, CL_TRUE, offset, bytes.size(),
                      bytes.data(), 0, nullptr, nullptr),
        "clEnqueueReadBuffer", t.name.empty() ? "a tensor without a name" : t.name);
    std::vector<float> out(static_cast<std::size_t>(t.dims.count()));
    const layout places = t.at();
    int at[max_rank] = {};
    for (float& value : out) {
        value = static_cast<float>(detail::number_at(
            bytes.data() + static_cast<std::size_t>(places.offset(at)) * size_bytes(t.type),
            t.type));
        for (int axis = t.dims.rank - 1; axis >= 0 && ++at[axis] == t.dims[axis]; --axis)
            at[axis] = 0;
    }
    return out;
}

LAMINA_INLINE range_report context::ranges() {
    range_report out;
    run_steps([&](std::size_t step, const plan_tensor& tensor, std::span<const float> values) {
        const plan_step& s = plan().steps[step];
        step_range& made = out.steps.emplace_back();
        made.step = step;
        made.name = s.name;
        made.kernel = plan().kernels[s.kernel].family;
        made.type = tensor.type;
        made.dims = tensor.dims;
        made.count(values);
    });
    remember_run();
    return out;
}

LAMINA_INLINE void context::run_and_show() {
    if (engine_->shown.ranges) {
        const range_report one = ranges();
        if (ranges_)
            ranges_->add(one);
        else
            ranges_ = one;
    }
    if (!engine_->shown.times) return;
    // Another run would change states once more.
    if (thread_times_ && plan().states.empty()) run_and_time_threads();
    add_times(profile());
}

/// A run as it is without tables, but for the counters.
LAMINA_INLINE void context::run_and_time_threads() {
    need_quiet();
    std::vector<std::int64_t>& ticks = thread_times_->ticks;
    const std::size_t bytes = ticks.size() * sizeof ticks[0];
    const cl_uint zero = 0;
    opencl::check(clEnqueueFillBuffer(queue_.get(), ticks_.get(), &zero, sizeof zero, 0, bytes, 0,
                      nullptr, nullptr),
        "clEnqueueFillBuffer", "the times of threads");
    wait(queue_.get());
    const auto start = std::chrono::steady_clock::now();
    launch_all(queue_.get());
    wait(queue_.get());
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    outputs_ready();
    opencl::check(clEnqueueReadBuffer(queue_.get(), ticks_.get(), CL_TRUE, 0, bytes, ticks.data(),
                      0, nullptr, nullptr),
        "clEnqueueReadBuffer", "the times of threads");
    if (ran_) thread_times_->add(took.count());  // the first run may compile
    ran_ = true;
}

LAMINA_INLINE void context::add_times(const run_profile& one) {
    if (timed_runs_++ == 0) {
        times_ = one;
        return;
    }
    for (std::size_t i = 0; i < one.steps.size(); ++i) times_.steps[i].ms += one.steps[i].ms;
    times_.total_ms += one.total_ms;
}

}  // namespace lamina
