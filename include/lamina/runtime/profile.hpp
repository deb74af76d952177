// SPDX-License-Identifier: Apache-2.0
// Milliseconds of each step of one run, by the device's own clock; returned by context::profile. A profiling
// queue is slower, and its events add some microseconds to short steps.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/plan/records.hpp>
#include <lamina/plan/table.hpp>

namespace lamina {

struct step_time {
    std::string name, layers, kernel, tactic;
    std::string by;  ///< origin of the tactic: "plan", "measured", "rule", "device" or "threads"
    std::size_t items = 0;  ///< work-groups: the pieces that threads of a CPU share out
    double ms = 0;
    double gflops = 0, gbytes = 0;  ///< per second
};

struct run_profile {
    std::vector<step_time> steps;
    double total_ms = 0;  ///< sum of the steps

    /// One row a step, with its share of the total.
    std::string table() const {
        text_table out({">step", "name", "layers", "kernel", "tactic", "by", ">items", ">ms", ">%",
            ">GFLOP/s", ">GB/s"});
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const step_time& s = steps[i];
            out.add({std::to_string(i), s.name, s.layers, s.kernel, s.tactic, s.by,
                std::to_string(s.items), fixed(s.ms, 4),
                fixed(total_ms > 0 ? 100 * s.ms / total_ms : 0, 1), fixed(s.gflops, 1),
                fixed(s.gbytes, 1)});
        }
        return out.str() + std::to_string(steps.size()) + " steps, " + fixed(total_ms, 3) + " ms\n";
    }

    std::string json() const {
        std::string out = "{\"total_ms\": " + fixed(total_ms, 6) + ", \"steps\": [";
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const step_time& s = steps[i];
            out += std::string(i ? ", " : "") + "{\"name\": " + json_quoted(s.name)
                + ", \"layers\": " + json_quoted(s.layers) + ", \"kernel\": "
                + json_quoted(s.kernel) + ", \"tactic\": " + json_quoted(s.tactic)
                + ", \"by\": " + json_quoted(s.by) + ", \"items\": " + std::to_string(s.items)
                + ", \"ms\": " + fixed(s.ms, 6) + ", \"gflops\": " + fixed(s.gflops, 3)
                + ", \"gbytes\": " + fixed(s.gbytes, 3) + "}";
        }
        return out + "]}";
    }
};

}  // namespace lamina
