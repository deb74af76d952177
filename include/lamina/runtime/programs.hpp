// SPDX-License-Identifier: Apache-2.0
// The programs of a plan's steps and the texts that they consist of. Built by build_programs.hpp when an
// engine is made.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/kernels/catalog.hpp>
#include <lamina/plan/plan_file.hpp>
#include <lamina/plan/records.hpp>
#include <lamina/runtime/cpu_abilities.hpp>
#include <lamina/runtime/cut_steps.hpp>
#include <lamina/runtime/device.hpp>
#include <lamina/runtime/engine_report.hpp>
#include <lamina/runtime/program.hpp>
#include <lamina/runtime/tactic_limits.hpp>

namespace lamina {

/// No fast-math: NaN and infinity must propagate, and results must agree with the reference. No warnings:
/// drivers print them to a user's terminal, and tests/kernels compiles the texts with warnings on.
/// CPU is defined where a work-item is a whole core, AMX where that core has tiles, whatever LAMINA_ABILITIES says:
/// what compilers define depends on whether they know the CPU's name.
inline std::string_view kernel_options(const device& on) {
    if (on.facts().type != device_type::cpu) return "-cl-std=CL1.2 -cl-mad-enable -w";
    return detail::this_cpu().allows_tiles ? "-cl-std=CL1.2 -cl-mad-enable -w -DCPU=1 -DAMX=1"
                                           : "-cl-std=CL1.2 -cl-mad-enable -w -DCPU=1";
}

/// A kernel of an engine and how it was built.
struct built_kernel {
    std::uint32_t kernel = 0, tactic = 0;  ///< of the plan
    bool merged = false;  ///< part of built_programs::merged; no program of its own
    program built;
    build_report report;
    std::size_t max_group = 0;  ///< the largest work-group of this kernel on the device
    std::string refused = {};   ///< why there is no program, or no product, of the tactic
};

/// What one step launches.
struct chosen_launch {
    std::size_t program = 0;  ///< index into built_programs::all
    std::array<std::size_t, 3> global{1, 1, 1}, local{1, 1, 1};
    chosen_by by = chosen_by::plan;

    std::size_t groups() const {
        std::size_t out = 1;
        for (std::size_t d = 0; d < 3; ++d) out *= global[d] / local[d];
        return out;
    }
};

/// In place of a tactic's index: no measured choice.
inline constexpr std::uint32_t no_tactic = ~std::uint32_t{0};

/// The program of all steps whose kernel is merged. Without such steps it is empty.
struct merged_program {
    program built;
    std::vector<std::int64_t> table;  ///< as run_steps reads it
    std::uint64_t hash = 0;           ///< of its source, odd; 0: there is no such program
};

struct built_programs {
    std::vector<built_kernel> all;
    std::vector<chosen_launch> steps;
    merged_program merged;
    std::size_t processes = 1;  ///< that programs were compiled in; 1: this one
};

/// The name of this device in a plan's binaries.
inline std::string binary_device(const device& dev) {
    const device_facts& f = dev.facts();
    return f.name + "\n" + f.vendor + "\n" + f.platform_version + "\n" + f.driver;
}

/// Prelude of the plan if it carries one, else this version's.
inline std::string_view prelude_of(const plan_records& plan) {
    return plan.prelude.empty() ? kernels::prelude_text() : plan.prelude;
}

/// Text of a kernel: the plan's own, else the catalogue's.
/// Errors  LAM-R11 if neither has it.
inline std::string_view text_of(const plan_kernel& kernel) {
    const std::string_view text
        = kernel.text.empty() ? kernels::find_text(kernel.family) : kernel.text;
    if (text.empty())
        throw error(errc::plan_version, std::string(kernel.family),
            "the plan needs kernel '" + std::string(kernel.family)
                + "', this version has none of that name; use the Lamina version that made the "
                  "plan, or a saved plan, which contains its kernels");
    return text;
}

namespace detail {

inline std::uint64_t hash_text(std::string_view text, std::uint64_t seed) {
    return plan_hash(std::as_bytes(std::span(text)), seed);
}

/// Why the kernel that was built of a tactic cannot run it; empty if it can.
inline std::string kernel_refuses(const plan_tactic& t, const built_kernel& k) {
    if (!k.refused.empty()) return k.refused;
    if (group_size(t) <= k.max_group) return {};
    return "needs work-groups of " + std::to_string(group_size(t))
        + " work-items, the device takes " + std::to_string(k.max_group) + " for this kernel";
}

/// The global and local work sizes of a step's kernel.
inline chosen_launch launch_of(
    const plan_step& step, const plan_tactic& tactic, std::size_t program, unsigned threads) {
    chosen_launch launch{program, {}, {}, chosen_by::plan};
    const step_tile tile = tile_for(step, tactic, threads);
    for (std::size_t d = 0; d < 3; ++d) {
        launch.local[d] = tactic.local[d];
        launch.global[d] = pieces(step.extents[d], tile[d]) * tactic.local[d];
    }
    return launch;
}

}  // namespace detail
}  // namespace lamina
