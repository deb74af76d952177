// SPDX-License-Identifier: Apache-2.0
// A context's state of each input, output and launch.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <lamina/runtime/cl.hpp>
#include <lamina/runtime/gemm.hpp>
#include <lamina/runtime/io_buffer.hpp>

namespace lamina::detail {

/// Memory for what steps pass to each other, of all shapes of a context: one of them runs at a time.
struct arena_memory {
    opencl::buffer buffer;
    std::uint64_t bytes = 0;
};

/// An input or output: own memory, or the user's.
struct io_slot {
    std::optional<io_buffer> own;
    opencl::buffer bound;
    std::size_t bound_offset = 0;  ///< bytes
    opencl::buffer torn_with;      ///< some kernels may have it as an argument
    bool torn = false;             ///< not all kernels have the same memory for it
    bool set = false;              ///< an input has values, an output was downloaded
    std::vector<float> floats;     ///< of f16 outputs
    bool stale = false;            ///< `floats` is older than the last run
};

/// A product that a library computes for a step, between two kernels of the step's program.
struct ready_gemm {
    const gemm_call& what;   ///< of the plan
    gemm_buffer a, b, c;     ///< `scratch` for those that the kernels make or finish
    opencl::kernel patches;  ///< makes A; null where A is an argument
    opencl::buffer scratch;
};

/// A kernel with its arguments set.
struct ready_kernel {
    opencl::kernel kernel;
    std::size_t global[3], local[3];
    std::size_t step = 0;  ///< the first of them
    bool merged = false;   ///< of run_steps
    /// Null where the kernel does all; else the kernel finishes the product, if it has to be.
    std::unique_ptr<ready_gemm> gemm = nullptr;
};

/// Events of a launch that is timed, in a queue that takes times.
struct launch_times {
    opencl::event before;  ///< ends as the launch begins; null where `done` is all of it
    opencl::event done;

    double nanoseconds(std::string_view subject) const {
        const auto at = [&](const opencl::event& event, cl_profiling_info what) {
            cl_ulong time = 0;
            opencl::check(clGetEventProfilingInfo(event.get(), what, sizeof time, &time, nullptr),
                "clGetEventProfilingInfo", subject);
            return time;
        };
        const cl_ulong begin
            = before ? at(before, CL_PROFILING_COMMAND_END) : at(done, CL_PROFILING_COMMAND_START);
        const cl_ulong end = at(done, CL_PROFILING_COMMAND_END);
        return end > begin ? static_cast<double>(end - begin) : 0;
    }
};

}  // namespace lamina::detail
