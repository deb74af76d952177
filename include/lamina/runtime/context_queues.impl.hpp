// SPDX-License-Identifier: Apache-2.0
// A context's work in queues besides plain runs: enqueued runs and profiles, and waiting for them, so that
// memory outlives the work that uses it.
#pragma once
#include <algorithm>
#include <cstddef>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/runtime/context.hpp>
#include <lamina/runtime/context_state.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/thread_times.hpp>

namespace lamina {

LAMINA_INLINE context::~context() {
    if (!engine_) return;  // moved from
    // Memory that a device may still use is not released, even if that cannot be determined.
    if (!end_all_work() && new (std::nothrow) context(std::move(*this))) return;
}

/// Records that work of this context is about to be enqueued. Until it is known to have ended, the
/// context waits for that queue before it does anything else.
LAMINA_INLINE void context::begin_work(cl_command_queue queue) {
    const auto is = [queue](const opencl::queue& q) { return q.get() == queue; };
    if (std::none_of(busy_.begin(), busy_.end(), is)) busy_.push_back(opencl::queue::shared(queue));
    last_ = {};
}

/// Waits until the work has ended, successfully or not. Returns false if that cannot be determined.
LAMINA_INLINE bool context::end_work() noexcept {
    bool ended = false;
    if (last_) {
        cl_event last = last_.get();
        ended = clWaitForEvents(1, &last) == CL_SUCCESS;
        if (!ended) {  // it failed, or the call did
            unfinished_ = true;
            for (detail::io_slot& s : outputs_) s.set = false;
        }
    }
    if (!ended)
        for (const opencl::queue& queue : busy_)
            if (!opencl::finish(queue.get())) return false;
    last_ = {};
    busy_.clear();
    pass_.leave();
    return true;
}

LAMINA_INLINE bool context::end_all_work() noexcept {
    const bool ended = end_work();
    return (!queue_ || opencl::finish(queue_.get())) && ended;
}

LAMINA_INLINE opencl::event context::enqueue(
    cl_command_queue queue, std::span<const cl_event> after) {
    need_inputs();
    if (!queue) queue = queue_.get();
    opencl::event done;
    enqueue_run(queue, after, done);
    // This run waits for those before it, so its end is theirs too.
    last_ = done;
    const auto is_other = [queue](const opencl::queue& q) { return q.get() != queue; };
    std::erase_if(busy_, is_other);
    outputs_ready();
    return done;
}

LAMINA_INLINE void context::enqueue_run(
    cl_command_queue queue, std::span<const cl_event> after, opencl::event& done) {
    const std::string_view subject = "enqueue";
    if (!last_) need_quiet();
    const bool is_own = queue == queue_.get();
    if (!is_own) {
        if (queue != checked_queue_.get()) {
            cl_command_queue_properties properties = 0;
            opencl::check(clGetCommandQueueInfo(
                              queue, CL_QUEUE_PROPERTIES, sizeof properties, &properties, nullptr),
                "clGetCommandQueueInfo", subject);
            out_of_order_ = properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE;
            checked_queue_ = opencl::queue::shared(queue);
        }
    }
    const bool reorders = !is_own && out_of_order_;
    std::vector<cl_event> waits(after.begin(), after.end());
    const opencl::event before = last_;
    if (before && (reorders || busy_.front().get() != queue)) waits.push_back(before.get());
    begin_work(queue);
    opencl::event own;
    if (!is_own) {
        // Inputs were set, and outputs are given back, through the context's own queue.
        opencl::check(clEnqueueMarkerWithWaitList(queue_.get(), 0, nullptr, own.fill()),
            "clEnqueueMarkerWithWaitList", subject);
        opencl::check(clFlush(queue_.get()), "clFlush", subject);
        waits.push_back(own.get());
    }
    const auto barrier = [&](std::span<const cl_event> list, cl_event* done) {
        opencl::check(clEnqueueBarrierWithWaitList(queue, static_cast<cl_uint>(list.size()),
                          list.empty() ? nullptr : list.data(), done),
            "clEnqueueBarrierWithWaitList", subject);
    };
    ran_ = true;
    if (!waits.empty()) barrier(waits, nullptr);
    prepare(queue);
    if (reorders) barrier({}, nullptr);
    for (const std::size_t i : run_) {
        launch(launches_[i], queue);
        if (reorders) barrier({}, nullptr);
    }
    finish(queue);
    if (reorders)
        barrier({}, done.fill());
    else
        opencl::check(clEnqueueMarkerWithWaitList(queue, 0, nullptr, done.fill()),
            "clEnqueueMarkerWithWaitList", subject);
    opencl::check(clFlush(queue), "clFlush", subject);
    pass_.leave_at(done);
}

LAMINA_INLINE run_profile context::profile() {
    need_inputs();
    need_quiet();
    if (!profiling_queue_) profiling_queue_ = make_queue(CL_QUEUE_PROFILING_ENABLE);
    wait(queue_.get());
    std::vector<detail::launch_times> events(plan().steps.size());
    begin_work(profiling_queue_.get());
    prepare(profiling_queue_.get());
    for (std::size_t i = 0; i < events.size(); ++i)
        launch(step_alone(i), profiling_queue_.get(), &events[i]);
    finish(profiling_queue_.get());
    wait(profiling_queue_.get());
    busy_.clear();
    outputs_ready();
    remember_run();
    run_profile out;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const plan_step& s = plan().steps[i];
        const double ms = events[i].nanoseconds(step_text(plan(), i)) / 1e6;
        const double per_second = ms > 0 ? 1e-6 / ms : 0;
        const chosen_launch& chosen = engine_->programs.steps[i];
        out.steps.push_back({std::string(s.name), std::string(s.layers),
            std::string(plan().kernels[s.kernel].family),
            std::string(plan().tactics[engine_->programs.all[chosen.program].tactic].name),
            std::string(to_text(chosen.by)), chosen.groups(), ms,
            static_cast<double>(s.flops) * per_second, static_cast<double>(s.bytes) * per_second});
        out.total_ms += ms;
    }
    return out;
}

LAMINA_INLINE void context::fail_busy() {
    throw error(errc::device_failure, "a run",
        "a run: it is unknown whether an earlier run has ended, because clFinish failed each time; "
        "make a new context, and look at the driver's own log");
}

}  // namespace lamina
