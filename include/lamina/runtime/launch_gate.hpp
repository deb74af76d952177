// SPDX-License-Identifier: Apache-2.0
// Keeps runs and requests for programs' binaries apart on PoCL. It makes a kernel's code for work-groups of any size
// when a binary is requested, and a launch that ends meanwhile gives back that code instead of its own: PoCL 3.1 and
// 5.0 end the process then (assertion 'found->ref_count > 0'). Code is looked up by the kernel's text, so launches of
// other engines, contexts and devices count too.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include <lamina/runtime/cl.hpp>
#include <lamina/runtime/gate_pass.hpp>

namespace lamina::detail {

class launch_gate {
public:
    /// Of the process. It is never destroyed: contexts may end after main().
    static launch_gate& of_process() {
        static launch_gate& one = *new launch_gate;
        return one;
    }

    /// A run begins; waits while the gate is closed.
    void enter() {
        std::unique_lock lock(state_);
        opened_.wait(lock, [&] { return !closed_; });
        ++inside_;
    }
    void leave() {
        const std::lock_guard lock(state_);
        --inside_;
    }
    /// Its launches are enqueued and end with `last`, for which nobody waits here.
    void leave_at(opencl::event last) {
        const std::lock_guard lock(state_);
        std::erase_if(later_, has_ended);
        later_.push_back(std::move(last));
        --inside_;
    }

    /// Keeps runs from beginning. Returns false, and the gate is open, if others are under way for longer than this.
    bool close(std::chrono::milliseconds most) {
        const auto until = std::chrono::steady_clock::now() + most;
        std::unique_lock lock(state_);
        if (!opened_.wait_until(lock, until, [&] { return !closed_; })) return false;
        closed_ = true;
        while (!is_quiet()) {
            if (std::chrono::steady_clock::now() >= until) {
                closed_ = false;
                lock.unlock();
                opened_.notify_all();
                return false;
            }
            opened_.wait_for(lock, std::chrono::milliseconds(1));
        }
        return true;
    }
    void open() {
        {
            const std::lock_guard lock(state_);
            closed_ = false;
        }
        opened_.notify_all();
    }

private:
    static bool has_ended(const opencl::event& one) {
        cl_int status = CL_COMPLETE;
        const cl_int code = clGetEventInfo(
            one.get(), CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, nullptr);
        return code != CL_SUCCESS || status <= CL_COMPLETE;
    }
    bool is_quiet() {
        std::erase_if(later_, has_ended);
        return inside_ == 0 && later_.empty();
    }

    std::mutex state_;
    std::condition_variable opened_;
    bool closed_ = false;
    std::size_t inside_ = 0;
    std::vector<opencl::event> later_;  ///< last events of runs that nobody waits for here
};

inline gate_pass::~gate_pass() { leave(); }
inline void gate_pass::enter() {
    if (inside_) return;
    launch_gate::of_process().enter();
    inside_ = true;
}
inline void gate_pass::leave() {
    if (std::exchange(inside_, false)) launch_gate::of_process().leave();
}
inline void gate_pass::leave_at(const opencl::event& last) {
    if (!inside_) return;
    launch_gate::of_process().leave_at(last);
    inside_ = false;
}

/// The gate, closed while this exists if the driver needs it; false if runs were under way for longer than `most`.
class closed_gate {
public:
    closed_gate(bool needed, std::chrono::milliseconds most)
        : needed_(needed), closed_(needed && launch_gate::of_process().close(most)) {}
    closed_gate(const closed_gate&) = delete;
    closed_gate& operator=(const closed_gate&) = delete;
    ~closed_gate() {
        if (closed_) launch_gate::of_process().open();
    }
    explicit operator bool() const { return closed_ || !needed_; }

private:
    bool needed_, closed_;
};

}  // namespace lamina::detail
