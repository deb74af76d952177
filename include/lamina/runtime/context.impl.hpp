// SPDX-License-Identifier: Apache-2.0
// Makes a context, and runs. Included by context.hpp, or compiled into Lamina::compiled, as are the other
// context_*.impl.hpp.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <lamina/runtime/context.hpp>
#include <lamina/runtime/context_state.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/mapped_buffer.hpp>
#include <lamina/runtime/merge_steps.hpp>
#include <lamina/runtime/thread_times.hpp>

namespace lamina {

namespace detail {

/// Where steps count in the arena, from one run to the next: ints that are no tensor of the plan. Their memory is no
/// other step's, so that each range ends where the next argument begins; it may have more than counters.
inline std::vector<arena_range> counters_of(const plan_records& plan) {
    std::vector<arena_range> out;
    const auto each_offset = [&](auto see) {
        for (const plan_step& step : plan.steps)
            for (const plan_argument& a : step.arguments)
                if (a.space == memory_space::arena && a.offset < plan.arena_bytes) see(a);
    };
    each_offset([&](const plan_argument& a) {
        const auto is_here = [&](const auto& other) { return other.begin == a.offset; };
        const auto is_tensor = [&](const plan_tensor& t) {
            return t.space == memory_space::arena && t.offset == a.offset;
        };
        if (a.type == dtype::i32 && std::ranges::none_of(out, is_here)
            && std::ranges::none_of(plan.tensors, is_tensor))
            out.push_back({a.offset, plan.arena_bytes});
    });
    for (arena_range& range : out)
        each_offset([&](const plan_argument& a) {
            if (a.offset > range.begin) range.end = std::min(range.end, a.offset);
        });
    return out;
}

}  // namespace detail

namespace detail {

LAMINA_INLINE context_at_shape::context_at_shape() = default;
LAMINA_INLINE context_at_shape::context_at_shape(context_at_shape&&) noexcept = default;
LAMINA_INLINE context_at_shape& context_at_shape::operator=(context_at_shape&&) noexcept = default;

LAMINA_INLINE context_at_shape::~context_at_shape() {
    if (!engine_) return;  // moved from
    if (ran_) engine_->store_binaries();
    if (timed_runs_ || ranges_) try {
            for (step_time& s : times_.steps) s.ms /= static_cast<double>(timed_runs_);
            times_.total_ms /= static_cast<double>(timed_runs_);
            if (timed_runs_)
                show("mean of " + std::to_string(timed_runs_) + " runs:\n" + times_.table());
            if (thread_times_) show(thread_times_->table(times_));
            if (ranges_)
                show("ranges of " + std::to_string(ranges_->runs) + " runs:\n" + ranges_->table());
        } catch (...) {}  // no memory for a table: the results were right
}

}  // namespace detail

LAMINA_INLINE context::context(const std::shared_ptr<detail::engine_state>& engine,
    const detail::reserved_memory& reserved, const context_options& options)
    : context(engine, reserved,
          detail::threads_of_context(engine->dev, options.threads, engine->threads), nullptr) {}

LAMINA_INLINE context::context(std::shared_ptr<detail::engine_state> engine,
    const detail::reserved_memory& reserved, unsigned threads, const context* other) {
    engine_ = std::move(engine);
    threads_ = threads;
    queue_ = other ? other->queue_ : make_queue(0);
    const std::uint64_t least = plan().arena_bytes;
    if (other && other->arena_->bytes >= least) {
        arena_ = other->arena_;
    } else {
        arena_ = std::make_shared<detail::arena_memory>();
        arena_->bytes = std::max(reserved.arena, least);
        arena_->buffer
            = detail::make_buffer(engine_->dev, CL_MEM_READ_WRITE, arena_->bytes, "the arena");
    }
    // If something below throws, queued work must end before its memory is released.
    const struct ending {
        cl_command_queue queue;
        ~ending() { opencl::finish(queue); }
    } ending{queue_.get()};
    constexpr std::uint64_t large = std::uint64_t{4} << 20;
    const bool is_fresh = !other || arena_ != other->arena_;
    if (is_fresh && arena_->bytes >= large && engine_->dev.facts().shares_host_memory) {
        const detail::mapped_buffer fresh(engine_->dev, arena_->buffer.get(),
            static_cast<std::size_t>(arena_->bytes), CL_MAP_WRITE_INVALIDATE_REGION);
        fresh.place_pages(detail::need_several(detail::own_nodes(), threads_));
    }
    counters_ = detail::counters_of(plan());
    // Padding lanes that no kernel writes must not hold a stale NaN. All bytes, for larger shapes too, whose first run
    // would else take its time, up to 50 ms, for pages that the process does not have yet.
    if (is_fresh) clear_arena({0, arena_->bytes});
    const auto open
        = [&](std::vector<detail::io_slot>& slots, const std::vector<plan_binding>& bindings,
              bool is_input, const std::vector<std::uint64_t>& bytes,
              const std::vector<detail::io_slot>* others) {
              slots.resize(bindings.size());
              for (std::size_t i = 0; i < slots.size(); ++i)
                  slots[i].own.emplace(engine_->dev, bindings[i], is_input, queue_.get(),
                      i < bytes.size() ? bytes[i] : 0, others ? &*(*others)[i].own : nullptr);
          };
    open(inputs_, plan().inputs, true, reserved.inputs, other ? &other->inputs_ : nullptr);
    open(outputs_, plan().outputs, false, reserved.outputs, other ? &other->outputs_ : nullptr);
    for (std::size_t i = 0; i < outputs_.size(); ++i)
        if (plan().outputs[i].type == dtype::f16 && !other)
            outputs_[i].floats.resize(static_cast<std::size_t>(plan().outputs[i].dims.count()));
    if (!plan().states.empty() && other) {
        states_ = other->states_;  // which have the same places at every shape
    } else if (!plan().states.empty()) {
        states_ = detail::make_buffer(
            engine_->dev, CL_MEM_READ_WRITE, plan().state_bytes, "the states");
        clear_states(0, plan().state_bytes);
    }

    if (engine_->table) {
        merged_state_ = detail::merged_state(engine_->dev, plan().steps.size(), threads_);
        if (engine_->shown.times) {
            thread_times_ = std::make_unique<detail::thread_times>(plan().steps.size(),
                detail::merged_groups(threads_, engine_->dev.facts().compute_units), threads_);
            ticks_ = detail::make_buffer(engine_->dev, CL_MEM_READ_WRITE,
                thread_times_->ticks.size() * sizeof(std::int64_t), "the times of threads");
        }
    }
    for (const chosen_launch& step : engine_->programs.steps) {
        const gemm_call& g = plan().tactics[engine_->programs.all[step.program].tactic].gemm;
        if (g.present)
            scratch_bytes_
                = std::max(scratch_bytes_, static_cast<std::uint64_t>(g.scratch_bytes()));
    }
    if (scratch_bytes_)
        scratch_ = detail::make_buffer(
            engine_->dev, CL_MEM_READ_WRITE, scratch_bytes_, "scratch memory of matrix products");
    for (std::size_t i = 0; i < plan().steps.size(); ++i) {
        const built_kernel& k = engine_->programs.all[engine_->programs.steps[i].program];
        launches_.push_back(k.merged ? detail::ready_kernel() : ready_step(i, k));
    }
    for (const auto& stretch : engine_->stretches()) {
        if (stretch.last - stretch.first == 1) {
            step_alone(stretch.first);
            run_.push_back(stretch.first);
            continue;
        }
        run_.push_back(launches_.size());
        launches_.push_back(ready_merged(stretch.first, stretch.last));
    }
    wait(queue_.get());
}

LAMINA_INLINE context::context(context&&) noexcept = default;

LAMINA_INLINE void context::clear_arena(const detail::arena_range& range) {
    const std::uint64_t bytes = (range.end - range.begin) / 4 * 4;
    if (!bytes) return;
    const cl_uint zero = 0;
    opencl::check(clEnqueueFillBuffer(queue_.get(), arena_->buffer.get(), &zero, sizeof zero,
                      static_cast<std::size_t>(range.begin), static_cast<std::size_t>(bytes), 0,
                      nullptr, nullptr),
        "clEnqueueFillBuffer", "the arena");
}

LAMINA_INLINE opencl::queue context::make_queue(cl_command_queue_properties properties) const {
    cl_int code = CL_SUCCESS;
    opencl::queue made(
        clCreateCommandQueue(engine_->dev.context(), engine_->dev.id(), properties, &code));
    opencl::check(code, "clCreateCommandQueue", engine_->dev.name());
    return made;
}

LAMINA_INLINE const plan_records& context::plan() const {
    if (!engine_) [[unlikely]]
        fail_moved();
    return *engine_->plan;
}

LAMINA_INLINE void context::run() {
    need_inputs();
    if (engine_->shown.times || engine_->shown.ranges) [[unlikely]] {
        run_and_show();
        return;
    }
    need_quiet();
    launch_all(queue_.get());
    wait(queue_.get());
    outputs_ready();
    remember_run();
}

LAMINA_INLINE void context::each_step(see_step see, void* to) {
    need_inputs();
    need_quiet();
    prepare(queue_.get());
    for (std::size_t i = 0; i < plan().steps.size(); ++i) {
        launch(step_alone(i), queue_.get());
        wait(queue_.get());
        for (const plan_tensor& tensor : plan().tensors_of(i)) {
            const std::vector<float> now = read_tensor(tensor);
            see(to, i, tensor, std::span<const float>(now));
        }
    }
    finish(queue_.get());
    wait(queue_.get());
    outputs_ready();
}

LAMINA_INLINE void context::need_inputs() {
    if (!engine_ || torn_) [[unlikely]]
        mend();
    for (const detail::io_slot& s : inputs_)
        if (!s.set) [[unlikely]]
            fail_input();
}

/// Waits for work that was enqueued before, or whose completion is unknown.
LAMINA_INLINE void context::need_quiet() {
    if (!busy_.empty()) [[unlikely]]
        if (!end_work()) fail_busy();
}

LAMINA_INLINE void context::prepare(cl_command_queue queue) {
    unfinished_ = true;
    for (detail::io_slot& s : outputs_) s.set = false;
    for (detail::io_slot& s : inputs_)
        if (!s.bound) s.own->upload(queue);
    for (detail::io_slot& s : outputs_)
        if (!s.bound) s.own->open(queue);
}

LAMINA_INLINE void context::finish(cl_command_queue queue) {
    for (detail::io_slot& s : outputs_)
        if (!s.bound) s.own->download(queue);
}

/// Called after finish(), when nothing can fail any more.
LAMINA_INLINE void context::outputs_ready() {
    for (detail::io_slot& s : outputs_) s.set = s.stale = true;
    unfinished_ = false;
    given_by_.assign(given_by_.size(), 0);
}

/// One of launches_: below the number of steps, the step of that number alone.
LAMINA_INLINE void context::launch(
    const detail::ready_kernel& k, cl_command_queue queue, detail::launch_times* times) {
    if (engine_->dev.facts().compiles_lazily) pass_.enter();
    if (k.gemm) [[unlikely]] {
        launch_gemm(k, queue, times);
        return;
    }
    const cl_int code = clEnqueueNDRangeKernel(queue, k.kernel.get(), 3, nullptr, k.global, k.local,
        0, nullptr, times ? times->done.fill() : nullptr);
    if (code != CL_SUCCESS) [[unlikely]]
        fail_step(k.step, code);
}

LAMINA_INLINE void context::launch_all(cl_command_queue queue) {
    prepare(queue);
    for (const std::size_t i : run_) launch(launches_[i], queue);
    finish(queue);
}

LAMINA_INLINE void context::wait(cl_command_queue queue) {
    opencl::check(clFinish(queue), "clFinish", "a run");
    pass_.leave();
}

LAMINA_INLINE void context::remember_run() {
    // Storing takes longer than a run: the first result does not wait for it.
    if (ran_) engine_->store_binaries();
    ran_ = true;
}

LAMINA_INLINE void context::fail_moved() {
    throw error(errc::option, "context",
        "this context was moved from, it has no plan; use the one that it was moved to");
}

LAMINA_INLINE void context::fail_step(std::size_t step, cl_int code, const char* doing) const {
    opencl::fail(code, doing + (" on " + engine_->dev.subject()), step_text(plan(), step));
}

}  // namespace lamina
