// SPDX-License-Identifier: Apache-2.0
// Shared by an engine and all of its contexts: plan, programs, packed weights, the loading report. Made by
// engine.hpp, read by context.hpp, immutable afterwards.
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include <lamina/plan/read.hpp>
#include <lamina/runtime/engine_report.hpp>
#include <lamina/runtime/io_buffer.hpp>
#include <lamina/runtime/launch_gate.hpp>
#include <lamina/runtime/merge_steps.hpp>
#include <lamina/runtime/programs.hpp>
#include <lamina/runtime/show.hpp>

namespace lamina::detail {

struct engine_state {
    engine_state(plan_view opened, const device& on) : plan(std::move(opened)), dev(on) {}

    plan_view plan;
    device dev;
    built_programs programs;
    bool merge = true;              ///< engine_options::merge
    unsigned threads = 1;           ///< of a run on a CPU
    int build_processes = 0;        ///< engine_options::build_processes
    opencl::buffer weights, table;  ///< `table` of merged steps
    opencl::buffer further;         ///< weights that only this shape has, see engine_shapes.hpp
    engine_report report;
    shown_tables shown;

    std::mutex storing;
    std::atomic<bool> stored = false;
    /// One thread at a time maps `weights`, even if several engines that share them are saved.
    std::shared_ptr<std::mutex> mapping = std::make_shared<std::mutex>();

    /// Steps that a run launches together: from `first` to below `last`.
    struct stretch {
        std::size_t first, last;
        bool merged;
    };
    std::vector<stretch> stretches() const {
        std::vector<stretch> out;
        for (std::size_t i = 0; i < programs.steps.size(); ++i) {
            const bool merged = programs.all[programs.steps[i].program].merged;
            if (merged && !out.empty() && out.back().merged)
                out.back().last = i + 1;
            else
                out.push_back({i, i + 1, merged});
        }
        return out;
    }

    /// Called after kernels have run once: drivers that compile at the first launch have more to cache
    /// then. A failure does not affect results; it is retried after a later run.
    void store_binaries() noexcept try {
        if (stored.load(std::memory_order_acquire)) return;
        const std::lock_guard lock(storing);
        if (stored.load(std::memory_order_relaxed)) return;
        if (dev.facts().compiles_lazily) {
            const closed_gate gate(true, std::chrono::milliseconds(0));
            if (!gate) return;
            for (built_kernel& k : programs.all)
                if (!k.merged && k.built.get()) store_at_rest(k.built);
            if (programs.merged.hash) store_at_rest(programs.merged.built);
        }
        stored.store(true, std::memory_order_release);
    } catch (...) {}
};

/// A table of merged steps on the device.
inline opencl::buffer table_buffer(const device& dev, std::span<const std::int64_t> cells) {
    return make_buffer(
        dev, CL_MEM_READ_ONLY, cells.size_bytes(), "the table of steps", cells.data());
}

/// Transfers the table of merged steps to the device, which has it from then on.
inline void fill_table(engine_state& engine) {
    const std::vector<std::int64_t> cells = std::exchange(engine.programs.merged.table, {});
    if (!cells.empty()) engine.table = table_buffer(engine.dev, cells);
}

/// The state of so many merged steps, which is 0 before the first launch.
inline opencl::buffer merged_state(const device& dev, std::size_t steps, unsigned threads) {
    const std::vector<std::byte> zeros(merged_state_bytes(steps, threads));
    return make_buffer(
        dev, CL_MEM_READ_WRITE, zeros.size(), "the state of merged steps", zeros.data());
}

}  // namespace lamina::detail
