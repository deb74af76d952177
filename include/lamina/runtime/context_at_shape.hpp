// SPDX-License-Identifier: Apache-2.0
// What a context has at one shape, apart from what it has at all of them: a context is at one shape, and keeps
// others (context_shapes.impl.hpp).
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <lamina/runtime/cl.hpp>
#include <lamina/runtime/gate_pass.hpp>
#include <lamina/runtime/profile.hpp>
#include <lamina/runtime/ranges.hpp>

namespace lamina::detail {

struct arena_memory;
struct engine_state;
struct io_slot;
struct ready_kernel;
class thread_times;

/// Memory that a context begins with, so that other shapes need none: bytes, of each at least what the plan takes.
struct reserved_memory {
    std::uint64_t arena = 0;
    std::vector<std::uint64_t> inputs, outputs;  ///< as the plan lists them, or empty
};

/// Bytes of the arena.
struct arena_range {
    std::uint64_t begin = 0, end = 0;
};

struct context_at_shape {
    context_at_shape();
    context_at_shape(context_at_shape&&) noexcept;
    context_at_shape& operator=(context_at_shape&&) noexcept;
    ~context_at_shape();  ///< shows the times and ranges of its runs where they were asked for

    std::shared_ptr<engine_state> engine_;
    unsigned threads_ = 1;  ///< of a run on a CPU
    std::shared_ptr<arena_memory> arena_;
    opencl::buffer merged_state_;
    opencl::buffer ticks_;    ///< of threads in merged steps, for LAMINA_SHOW=times
    opencl::buffer scratch_;  ///< of steps whose product a library computes
    std::uint64_t scratch_bytes_ = 0;
    std::vector<arena_range> counters_;  ///< of steps, zero between runs
    std::vector<io_slot> inputs_, outputs_;
    /// Of each step alone, then of merged steps. Without a kernel: a merged step that nothing ran alone yet.
    std::vector<ready_kernel> launches_;
    std::vector<std::size_t> run_;  ///< those that a run needs, in their order
    bool torn_ = false;             ///< some slot is
    bool unfinished_ = false;       ///< a run began and has not ended well
    bool ran_ = false;              ///< or was enqueued
    gate_pass pass_;                ///< of launches that nobody waited for, on PoCL
    run_profile times_;
    std::size_t timed_runs_ = 0;
    std::unique_ptr<thread_times> thread_times_;  ///< of those runs
    std::optional<range_report> ranges_;          ///< of all runs, for LAMINA_SHOW=ranges
    std::vector<int> values_;                     ///< of the dims
};

}  // namespace lamina::detail
