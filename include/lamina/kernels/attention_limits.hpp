// SPDX-License-Identifier: Apache-2.0
// Which keys a query sees, for the attention families.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// Positions and lengths as buffers, and the macros of attention_limits.cl.hpp. Call it where their buffers
/// stand in the kernel's signature: behind the mask.
constexpr void define_limits(launch_builder& b, int queries, int keys) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const auto number = [&](const char* has, attention_input which, const char* buffer,
                            const char* place) {
        const int slot = attention_slot(attr.mask, which);
        b.define(has, slot >= 0);
        if (slot < 0) return;
        const view& v = s.inputs[at(slot)];
        b.input(v);
        b.address(buffer, v);
        text<32> of;
        of.append("AT_").append(buffer).append(v.dims.n > 1 ? "(i0,0,0,0,0,0)" : "(0,0,0,0,0,0)");
        b.define(place, of);
    };
    number("POSITION", with_position, "from", "FROM_AT");
    number("UNTIL", with_length, "until", "UNTIL_AT");
    const int own = queries / attr.groups;
    const bool rights = attr.reach[1] >= 0 && attr.reach[1] < keys;
    const bool lefts = attr.reach[0] >= 0 && attr.reach[0] < keys + own;
    b.define("RIGHTS", rights);
    b.define("LEFTS", lefts);
    if (rights) b.number("RIGHT", attr.reach[1]);
    if (lefts) b.number("LEFT", attr.reach[0]);
    b.define("GROUPED", attr.groups > 1);
    if (attr.groups > 1) b.number("OWN_QUERIES", own);
}

/// True if all that limits the keys is that none behind a query is seen.
constexpr bool is_plain_or_causal(const attributes& attr) {
    return !(attr.mask & (with_position | with_length)) && attr.reach[0] < 0
        && (attr.reach[1] < 0 || (attr.reach[1] == 0 && attr.groups == 1));
}

}  // namespace lamina::planner
