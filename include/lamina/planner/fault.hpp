// SPDX-License-Identifier: Apache-2.0
// What the planner says of itself, and the one postcondition that every plan<Net> is checked for. The others
// are in verify.hpp, verify_memory.hpp and verify_launches.hpp, which a network's file does not include.
#pragma once
#include <lamina/planner/stage_data.hpp>

namespace lamina::planner {

/// A bug in the planner, never in the network: "planner, after fuse: ...; please report ...".
template <class... Parts>
constexpr sentence planner_fault(const char* stage, const Parts&... parts) {
    return say("planner, after ", stage, ": ", parts...,
        "; this is a mistake of Lamina, please report it with the network");
}

/// The stages whose fusion groups are checked.
enum class boundary : unsigned char { fold, fuse, schedule };

constexpr const char* to_text(boundary at) {
    return at == boundary::fold ? "fold" : at == boundary::fuse ? "fuse" : "schedule";
}

/// Texts have a fixed capacity; a truncated one would build into another kernel or not at all.
constexpr sentence verify_texts(const module& m) {
    constexpr const char* after = "select";
    for (const kernel& k : m.kernels)
        if (k.defines.overflowed)
            return planner_fault(after, "the defines of a kernel of ", k.family,
                " have more parts or characters than the ", define_list::part_limit, " and ",
                define_list::copy_limit, " that there is room for");
    for (const tactic& t : m.tactics)
        if (t.defines.overflowed || t.label.overflowed)
            return planner_fault(after, "the defines of tactic ", t.label.view(),
                " are longer than there is room for");
    return {};
}

}  // namespace lamina::planner
