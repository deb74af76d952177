// SPDX-License-Identifier: Apache-2.0
// Checks a tactic against a device's limits before anything is built. Used by build_programs.hpp and the tuner.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include <lamina/plan/records.hpp>
#include <lamina/runtime/device.hpp>

namespace lamina::detail {

inline std::size_t group_size(const plan_tactic& t) {
    return std::size_t{t.local[0]} * t.local[1] * t.local[2];
}

/// Whether one of the matrices of a step's product ends where CLBlast, which counts elements in ints,
/// does not get.
inline bool is_beyond_ints(const plan_step& step, const gemm_call& g) {
    const auto is = [&](std::int32_t argument, std::int64_t span) {
        if (argument < 0) return g.product_offset() + span > gemm_call::most_elements;
        const plan_argument& a = step.arguments[static_cast<std::size_t>(argument)];
        return static_cast<std::int64_t>(a.offset / size_bytes(a.type)) + span
            > gemm_call::most_elements;
    };
    return is(g.a, g.a_span()) || is(g.b, g.b_span()) || is(g.c, g.c_span());
}

/// Why the device cannot run a step with a tactic; empty if it can.
inline std::string device_refuses(
    const device_facts& f, const plan_step& step, const plan_tactic& t) {
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
    if (t.gemm.present && is_beyond_ints(step, t.gemm))
        return "has a matrix that ends behind element 2147483647 of its buffer, which is as far as "
               "CLBlast counts";
    if (t.gemm.present && static_cast<std::uint64_t>(t.gemm.scratch_bytes()) > f.max_alloc_bytes)
        return "needs " + std::to_string(t.gemm.scratch_bytes())
            + " bytes of scratch memory, the device has buffers of up to "
            + std::to_string(f.max_alloc_bytes);
    if (t.local_bytes > f.local_memory_bytes)
        return "needs " + std::to_string(t.local_bytes) + " bytes of local memory, the device has "
            + std::to_string(f.local_memory_bytes);
    return {};
}

}  // namespace lamina::detail
