// SPDX-License-Identifier: Apache-2.0
// Times one step of a plan with different tactics, with the buffers that it has in a run and caches as in a
// run: inputs are in a cache, since the previous step wrote them; weights are not. Used by tune.hpp, which
// chooses what is timed; it uses a context of its own, so users' results remain untouched.
#pragma once
#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <lamina/runtime/context.hpp>
#include <lamina/runtime/context_state.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/merge_steps.hpp>

namespace lamina::detail {

class step_timer {
public:
    explicit step_timer(context run)
        : run_(std::move(run)), queue_(run_.make_queue(CL_QUEUE_PROFILING_ENABLE)) {
        // Realistic numbers: zeros make some devices faster, and indices must stay in range.
        std::uint32_t state = 1;
        std::vector<float> values;
        for (std::size_t i = 0; i < run_.plan().inputs.size(); ++i) {
            const plan_binding& b = run_.plan().inputs[i];
            if (!is_floating(b.type)) continue;
            values.resize(static_cast<std::size_t>(b.dims.count()));
            for (float& value : values) {
                state = state * 1664525u + 1013904223u;
                value = static_cast<float>(state >> 8) / 8388608.0f - 1;
            }
            run_.fill(i, values.data(), values.size(), dtype::f32);
        }
        run_.fill_zeros();
        // The memory that a run accesses between two launches of a step, up to what caches can hold.
        other_bytes_ = static_cast<std::size_t>(std::min<std::uint64_t>(
            run_.plan().weight_bytes + run_.plan().arena_bytes, std::uint64_t{16} << 20));
        other_bytes_ = std::max(other_bytes_ / piece * piece, piece);
        other_ = make_buffer(
            engine().dev, CL_MEM_READ_WRITE, other_bytes_, "a buffer that clears caches");
    }

    step_timer(const step_timer&) = delete;
    step_timer& operator=(const step_timer&) = delete;
    /// Launches use the memory of `run_`.
    ~step_timer() { opencl::finish(queue_.get()); }

    const engine_state& engine() const { return *run_.engine_; }

    /// Milliseconds of each step as the engine runs it now, the least of some runs.
    std::vector<double> all_steps() {
        run_.profile();  // the first run may compile
        std::vector<double> least(run_.plan().steps.size(), 1e30);
        for (int i = 0; i < 3; ++i) {
            const run_profile now = run_.profile();
            for (std::size_t s = 0; s < least.size(); ++s)
                least[s] = std::min(least[s], now.steps[s].ms);
        }
        return least;
    }

    /// Runs the steps before this one, so that its arguments hold the values of a run.
    void reach(std::size_t step) {
        run_.prepare(queue_.get());
        for (std::size_t i = 0; i < step; ++i) run_.launch(run_.step_alone(i), queue_.get());
        run_.wait(queue_.get());
    }

    /// Threads of the engine's runs.
    unsigned threads() const { return engine().threads; }
    /// Whether a launch of the driver would use more threads than a run does.
    bool shares() const {
        const device_facts& f = engine().dev.facts();
        return engine().merge && f.type == device_type::cpu && threads() < f.compute_units;
    }

    /// A kernel for this step with its arguments set; `k` may be a merged program of this step alone.
    ready_kernel ready(std::size_t step, const built_kernel& k) {
        if (!k.merged) return run_.ready_step(step, k);
        const plan_records& plan = run_.plan();
        const plan_step& s = plan.steps[step];
        std::vector<std::int64_t> row(row_of(s.arguments.size(), s.numbers.size()));
        put_row(row, plan, s, 0, launch_of(s, plan.tactics[k.tactic], 0, threads()).global);
        tables_.push_back(table_buffer(engine().dev, row));
        states_.push_back(merged_state(engine().dev, 1, threads()));
        return run_.ready_merged(
            step, k.built, {0, 1, 1}, tables_.back().get(), states_.back().get(), nullptr);
    }

    /// Nanoseconds of a launch by the device's clock, the least of `count`. On a CPU of one unit the
    /// process's own time if that is less: the rest was used by other processes.
    /// Errors  LAM-R16 if the device does not launch it.
    double time(std::size_t step, const ready_kernel& k, std::size_t count) {
        const device_facts& f = engine().dev.facts();
        const bool alone = f.type == device_type::cpu && f.compute_units == 1;
        double least = 1e30;
        for (std::size_t i = 0; i < count; ++i) {
            put_caches(step);
            if (alone) run_.wait(queue_.get());
            const double before = process_nanoseconds();
            launch_times done;
            run_.launch(k, queue_.get(), &done);
            run_.wait(queue_.get());
            least = std::min(least, done.nanoseconds("a step"));
            if (alone) least = std::min(least, process_nanoseconds() - before);
        }
        return least;
    }

private:
    static constexpr std::size_t piece = std::size_t{256} << 10;
    static constexpr std::uint64_t near_bytes = std::uint64_t{4} << 20;  ///< of an input, at most

    context run_;
    opencl::queue queue_;
    opencl::buffer other_;
    std::size_t other_bytes_ = 0;
    std::vector<opencl::buffer> tables_, states_;  ///< of merged steps

    /// Writes elsewhere, then reads the step's inputs.
    void put_caches(std::size_t step) {
        const cl_uint zero = 0;
        opencl::check(clEnqueueFillBuffer(queue_.get(), other_.get(), &zero, sizeof zero, 0,
                          other_bytes_, 0, nullptr, nullptr),
            "clEnqueueFillBuffer", "clearing caches");
        const plan_records& plan = run_.plan();
        const plan_step& s = plan.steps[step];
        for (const plan_argument& a : s.arguments) {
            if (a.space != memory_space::arena) continue;
            const auto is_it = [&](const plan_tensor& t) {
                return t.space == memory_space::arena && t.offset == a.offset;
            };
            const auto found = std::find_if(plan.tensors.begin(), plan.tensors.end(), is_it);
            if (found == plan.tensors.end() || found - plan.tensors.begin() == s.output) continue;
            const std::uint64_t bytes = std::min({near_bytes, plan.arena_bytes - a.offset,
                static_cast<std::uint64_t>(span_elements(found->at(), found->dims))
                    * size_bytes(found->type)});
            for (std::uint64_t at = 0; at + 4 <= bytes; at += piece)
                opencl::check(clEnqueueCopyBuffer(queue_.get(), run_.arena_->buffer.get(),
                                  other_.get(), static_cast<std::size_t>(a.offset + at), 0,
                                  std::min<std::size_t>(piece, bytes - at), 0, nullptr, nullptr),
                    "clEnqueueCopyBuffer", "clearing caches");
        }
    }

    static double process_nanoseconds() {
        timespec now{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
    }
};

}  // namespace lamina::detail
