// SPDX-License-Identifier: Apache-2.0
// How an engine was made: its kernels, the origin of their tactics, and the time of each part of loading.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/linkage.hpp>

namespace lamina {

/// The origin of a step's tactic.
enum class chosen_by : unsigned char {
    plan,      ///< the plan's own choice
    measured,  ///< the fastest in a timing cache, the plan's own or another
    rule,      ///< a row of engine_options::tuning
    device,    ///< the device cannot run those before it
    threads,   ///< divides the step more evenly among the engine's threads
};

constexpr std::string_view to_text(chosen_by by) {
    constexpr std::string_view names[] = {"plan", "measured", "rule", "device", "threads"};
    return names[static_cast<int>(by)];
}

/// How an engine was made.
struct engine_report {
    struct kernel_row {
        std::string family, tactic, note;
        std::size_t steps = 0;  ///< that launch it
        std::string by;         ///< its origin for these steps, such as "plan" or "measured, plan"
        bool hit = false;
        double ms = 0;
    };
    std::vector<kernel_row> kernels;  ///< each with each of its tactics
    std::size_t launches = 0;         ///< of a run: CPUs run many steps in one
    std::size_t cache_hits = 0, cache_misses = 0;
    std::size_t build_processes = 1;  ///< that compiled kernels; 1: this one alone
    std::string timings;              ///< how the timing cache was used; empty without one
    double read_ms = 0;               ///< verify and check the plan
    double build_ms = 0;              ///< all programs, wall time
    double fold_ms = 0;               ///< fold and pack, or copy, the weights
    double constants_ms = 0;          ///< of these, to make and run the plan's constant part
    double upload_ms = 0;             ///< transfer the packed weights to the device

    std::string table() const;
};

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/runtime/engine_report.impl.hpp>
#endif
