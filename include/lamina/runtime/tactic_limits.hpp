// SPDX-License-Identifier: Apache-2.0
// What a device says against a tactic before anything is built. Asked by programs.hpp and the tuner.
#pragma once
#include <cstddef>
#include <string>

#include <lamina/plan/records.hpp>
#include <lamina/runtime/device.hpp>

namespace lamina::detail {

inline std::size_t group_size(const plan_tactic& t) {
    return std::size_t{t.local[0]} * t.local[1] * t.local[2];
}

/// Why the device cannot run a tactic; empty if it can.
inline std::string device_refuses(const device_facts& f, const plan_tactic& t) {
    if (!t.needs.empty() && !f.is_able(t.needs))
        return "needs the ability '" + std::string(t.needs) + "', the device has "
            + (f.abilities.empty() ? "none" : "'" + f.abilities + "'");
    if (group_size(t) > f.max_work_group)
        return "needs work-groups of " + std::to_string(group_size(t))
            + " work-items, the device takes " + std::to_string(f.max_work_group);
    for (std::size_t d = 0; d < 3; ++d)
        if (t.local[d] > f.max_work_items[d])
            return "needs " + std::to_string(t.local[d]) + " work-items along dimension "
                + std::to_string(d) + ", the device takes " + std::to_string(f.max_work_items[d]);
    if (t.local_bytes > f.local_memory_bytes)
        return "needs " + std::to_string(t.local_bytes) + " bytes of local memory, the device has "
            + std::to_string(f.local_memory_bytes);
    return {};
}

}  // namespace lamina::detail
