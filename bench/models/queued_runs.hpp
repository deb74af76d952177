// SPDX-License-Identifier: Apache-2.0
// Device time of a run, as bench/README.md defines it: runs are put into a queue that a kernel holds
// up, so that the host's work is done before the first begins, and the clock runs from the end of
// that kernel to the end of the last run. Inputs and outputs stay in the device's memory.
#pragma once
#include "bench/models/conversation.hpp"

#include <lamina/run.hpp>
#include <lamina/runtime/io_buffer.hpp>
#include <lamina/runtime/program.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace bench {

/// What a network reads, by the type of its input.
using input_values = std::variant<std::vector<float>, std::vector<int>>;

/// A kernel of one work-item that keeps an in-order queue busy for about so many milliseconds.
class holding_kernel {
public:
    explicit holding_kernel(const lamina::device& device, cl_command_queue queue)
        : queue_(queue),
          out_(lamina::detail::make_buffer(device, CL_MEM_READ_WRITE, 4, "a benchmark's number")) {
        // Shifts and xors depend on each other, and no compiler knows their sum.
        constexpr const char* text = R"CLC(
kernel void hold(global uint* out, uint turns) {
    uint x = out[0] | 1u;
    for (uint i = 0; i < turns; ++i) { x ^= x << 13; x ^= x >> 17; x ^= x << 5; }
    out[0] = x;
}
)CLC";
        lamina::build_report report;
        kernel_ = lamina::build_program(device, text, "", "a benchmark's kernel", report)
                      .kernel("hold");
        const cl_uint zero = 0;
        lamina::opencl::check(
            clEnqueueWriteBuffer(queue_, out_.get(), CL_TRUE, 0, 4, &zero, 0, nullptr, nullptr),
            "clEnqueueWriteBuffer", "a benchmark's kernel");
        calibrate();
    }

    /// Errors  LAM-R16.
    lamina::opencl::event enqueue(double ms) {
        return launch(static_cast<cl_uint>(std::min(ms * turns_per_ms_, 4e9)));
    }

private:
    cl_command_queue queue_;
    lamina::opencl::buffer out_;
    lamina::opencl::kernel kernel_;
    double turns_per_ms_ = 0;

    lamina::opencl::event launch(cl_uint turns) {
        const cl_mem out = out_.get();
        lamina::opencl::check(
            clSetKernelArg(kernel_.get(), 0, sizeof out, &out), "clSetKernelArg", "hold");
        lamina::opencl::check(
            clSetKernelArg(kernel_.get(), 1, sizeof turns, &turns), "clSetKernelArg", "hold");
        const std::size_t one = 1;
        lamina::opencl::event done;
        lamina::opencl::check(clEnqueueNDRangeKernel(queue_, kernel_.get(), 1, nullptr, &one, &one,
                                  0, nullptr, done.fill()),
            "clEnqueueNDRangeKernel", "hold");
        lamina::opencl::check(clFlush(queue_), "clFlush", "hold");
        return done;
    }
    void calibrate() {
        lamina::opencl::check(clFinish(queue_), "clFinish", "hold");
        for (cl_uint turns = 1 << 14;; turns *= 2) {
            const auto start = std::chrono::steady_clock::now();
            launch(turns);
            lamina::opencl::check(clFinish(queue_), "clFinish", "hold");
            const double ms = lamina::detail::ms_since(start);
            turns_per_ms_ = turns / ms;
            if (ms > 4 || turns >= 1u << 30) return;
        }
    }
};

/// Runs of one engine in a queue that is held up. Has a context, and so an arena, of its own.
class queued_runs {
public:
    queued_runs(const lamina::engine& engine, const input_values& input)
        : queued_runs(engine, std::span(&input, 1)) {}
    /// The inputs in the order of the plan.
    queued_runs(const lamina::engine& engine, std::span<const input_values> inputs)
        : context_(engine.make_context()), hold_(engine.device_of(), context_.queue()) {
        const lamina::plan_records& plan = engine.plan();
        for (const lamina::plan_binding& b : plan.inputs) bind(engine.device_of(), b);
        for (const lamina::plan_binding& b : plan.outputs) bind(engine.device_of(), b);
        for (std::size_t i = 0; i < inputs.size(); ++i)
            std::visit(
                [&](const auto& values) {
                    lamina::opencl::check(
                        clEnqueueWriteBuffer(context_.queue(), buffers_[i].get(), CL_TRUE, 0,
                            values.size() * sizeof values[0], values.data(), 0, nullptr, nullptr),
                        "clEnqueueWriteBuffer", plan.inputs[i].name);
                },
                inputs[i]);
        context_.run();
        settle();
    }

    /// Milliseconds of a run, from one queue of runs after another, for so many seconds and at least
    /// so often. `held` is false where the host could not put even one run behind the kernel, or saw the
    /// kernel's end too late, as a busy host does: its clock would have started among the runs.
    /// `enqueue_ms`: what the host took for a run, the least.
    json measure(double seconds, std::size_t least) {
        std::vector<double> all;
        double enqueue_ms = 1e30;
        const auto start = std::chrono::steady_clock::now();
        for (int lost = 0; all.size() < least || lamina::detail::ms_since(start) < seconds * 1e3;) {
            const queue_time one = run_queue();
            enqueue_ms = std::min(enqueue_ms, one.enqueue_ms / runs_);
            // Something kept the host from its work: the device waited for it.
            const bool is_sound = one.held && !one.late;
            if (held_ && !is_sound && ++lost <= lost_at_most) continue;
            held_ = held_ && is_sound;
            all.push_back(one.ms);
        }
        return {{"ms", all}, {"runs", runs_}, {"held", held_}, {"enqueue_ms", enqueue_ms}};
    }

private:
    struct queue_time {
        double ms = 0;  ///< of a run
        double enqueue_ms = 0;
        bool held = false;
        bool late = false;  ///< a tenth of the runs was over when the clock started
    };
    static constexpr int lost_at_most = 20;
    static constexpr int most_runs = 20;

    std::vector<lamina::opencl::buffer> buffers_;  ///< outlive the context
    lamina::context context_;
    holding_kernel hold_;
    int runs_ = most_runs;
    double hold_ms_ = 2;
    bool held_ = false;

    void bind(const lamina::device& device, const lamina::plan_binding& b) {
        buffers_.push_back(lamina::detail::make_buffer(
            device, CL_MEM_READ_WRITE, std::max<std::uint64_t>(b.bytes(), 4), b.name));
        context_.bind(b.name, buffers_.back().get());
    }

    static bool is_complete(const lamina::opencl::event& of) {
        cl_int state = CL_COMPLETE;
        lamina::opencl::check(clGetEventInfo(of.get(), CL_EVENT_COMMAND_EXECUTION_STATUS,
                                  sizeof state, &state, nullptr),
            "clGetEventInfo", "queued runs");
        return state == CL_COMPLETE;
    }

    queue_time run_queue() {
        const lamina::opencl::event hold = hold_.enqueue(hold_ms_);
        queue_time out;
        auto start = std::chrono::steady_clock::now();
        lamina::opencl::event tenth;
        for (int i = 0; i < runs_; ++i) {
            context_.enqueue();
            if (i == runs_ / 10 && i + 1 < runs_)
                lamina::opencl::check(
                    clEnqueueMarkerWithWaitList(context_.queue(), 0, nullptr, tenth.fill()),
                    "clEnqueueMarkerWithWaitList", "queued runs");
        }
        out.enqueue_ms = lamina::detail::ms_since(start);
        out.held = !is_complete(hold);
        const cl_event wanted = hold.get();
        lamina::opencl::check(clWaitForEvents(1, &wanted), "clWaitForEvents", "hold");
        start = std::chrono::steady_clock::now();
        out.late = tenth.get() && is_complete(tenth);
        lamina::opencl::check(clFinish(context_.queue()), "clFinish", "queued runs");
        out.ms = lamina::detail::ms_since(start) / runs_;
        return out;
    }

    /// As many runs as the driver takes into its queue at once, and a kernel that holds them for as
    /// long as the host needs. A full queue makes the host wait for the kernel, however long that is.
    void settle() {
        for (;; runs_ = std::max(1, runs_ / 2)) {
            for (int again = 0; again < 3 && !held_; ++again) {
                const queue_time one = run_queue();
                held_ = one.held && hold_ms_ > 1.2 * one.enqueue_ms;
                if (!held_) hold_ms_ = std::min(1 + 1.5 * one.enqueue_ms, 200.0);
            }
            if (held_ || runs_ == 1) return;
            hold_ms_ = 2;
        }
    }
};

}  // namespace bench
