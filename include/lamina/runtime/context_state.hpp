// SPDX-License-Identifier: Apache-2.0
// What a context holds of each input, output and launch.
#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include <lamina/runtime/cl.hpp>
#include <lamina/runtime/io_buffer.hpp>

namespace lamina::detail {

/// An input or output: own memory, or the user's.
struct io_slot {
    std::optional<io_buffer> own;
    opencl::buffer bound;
    std::size_t bound_offset = 0;  ///< bytes
    opencl::buffer torn_with;      ///< some kernels may have it for an argument
    bool torn = false;             ///< not all kernels have the same memory for it
    bool set = false;              ///< an input has values, an output was downloaded
    std::vector<float> floats;     ///< of f16 outputs
    bool stale = false;            ///< `floats` is older than the last run
};

/// A kernel with its arguments set.
struct ready_kernel {
    opencl::kernel kernel;
    std::size_t global[3], local[3];
    std::size_t step = 0;  ///< the first of them
    bool merged = false;   ///< of run_steps
};

}  // namespace lamina::detail
