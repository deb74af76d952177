// SPDX-License-Identifier: Apache-2.0
// A context's place behind the gate of launch_gate.hpp, which defines the functions: a file that uses contexts
// needs no <condition_variable>, 30 MB and 0.2 s of g++.
#pragma once
#include <utility>

#include <lamina/runtime/cl.hpp>

namespace lamina::detail {

/// From a context's first launch to the end of its work.
class gate_pass {
public:
    gate_pass() = default;
    gate_pass(gate_pass&& other) noexcept : inside_(std::exchange(other.inside_, false)) {}
    gate_pass& operator=(gate_pass&& other) noexcept {
        std::swap(inside_, other.inside_);
        return *this;
    }
    ~gate_pass();

    void enter();
    void leave();
    void leave_at(const opencl::event& last);

private:
    bool inside_ = false;
};

}  // namespace lamina::detail
