// SPDX-License-Identifier: Apache-2.0
// An engine's report as a table. Included by engine_report.hpp, or compiled into Lamina::compiled.
#pragma once
#include <cstddef>
#include <string>

#include <lamina/plan/table.hpp>
#include <lamina/runtime/engine_report.hpp>

namespace lamina {

LAMINA_INLINE std::string engine_report::table() const {
    text_table out({"kernel", "tactic", ">steps", "by", ">ms", "from"});
    for (const kernel_row& k : kernels)
        out.add({k.family, k.tactic, std::to_string(k.steps), k.by, fixed(k.ms, 1), k.note});
    std::size_t all_steps = 0;
    for (const kernel_row& k : kernels) all_steps += k.steps;
    return out.str() + std::to_string(kernels.size()) + " kernels, " + std::to_string(cache_hits)
        + " from the cache; " + std::to_string(all_steps)
        + (all_steps == 1 ? " step in " : " steps in ") + std::to_string(launches)
        + (launches == 1 ? " launch; plan " : " launches; plan ") + fixed(read_ms, 1)
        + " ms, kernels " + fixed(build_ms, 1) + " ms, weights " + fixed(fold_ms, 1) + " ms"
        + (constants_ms > 0 ? " (constants " + fixed(constants_ms, 1) + " ms)" : std::string())
        + ", upload " + fixed(upload_ms, 1) + " ms\n"
        + (timings.empty() ? timings : timings + "\n");
}

}  // namespace lamina
