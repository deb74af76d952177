// SPDX-License-Identifier: Apache-2.0
// The states of a network in its plan: where each lies, and which inputs say where rows go.
#pragma once
#include <lamina/plan/tables.hpp>
#include <lamina/plan/write.hpp>
#include <lamina/planner/stage_data.hpp>

#include <lamina/core/dynamic_array.hpp>

namespace lamina::planner {

/// The numbers that an input of the network may have, because an update takes its rows' place from it.
struct state_bound {
    int input = 0, least = 0, most = 0, state = 0;
};

/// One for each update whose place is an input as it is; what is computed is known to devices alone.
constexpr dynamic_array<state_bound> find_bounds(const module& m) {
    const dynamic_array<node>& nodes = m.net->nodes;
    dynamic_array<state_bound> out;
    for (const node& n : nodes) {
        if (!traits_of(n).in_place || n.inputs.size() < 3) continue;
        int from = n.inputs[2], state = n.inputs[0];
        while (is_view(nodes[at(from)].kind)) from = nodes[at(from)].inputs[0];
        while (traits_of(nodes[at(state)]).in_place) state = nodes[at(state)].inputs[0];
        if (!is_input(nodes[at(from)].kind)) continue;
        state_bound made;
        made.most = n.dims[n.attr.axis] - nodes[at(n.inputs[1])].dims[n.attr.axis];
        for (int id = 0; id < from; ++id) made.input += is_input(nodes[at(id)].kind);
        for (int id = 0; id < state; ++id) made.state += is_state(nodes[at(id)].kind);
        out.push_back(made);
    }
    return out;
}

constexpr void encode_states(
    encoding::flat_writer& w, const encoding::open_table& plan, const module& m) {
    encoding::table_form<schema::state> state_form;
    encoding::table_form<schema::bound> bound_form;
    plan.put(schema::plan::state_bytes, m.state_bytes);
    int list = w.vector(static_cast<int>(m.states.size()), 4, 4);
    plan.refer(schema::plan::states, list);
    int k = 0;
    for (const state_place& s : m.states) {
        const node& n = m.net->nodes[at(s.node)];
        const int extents[max_rank]
            = {n.dims.n, n.dims.c, n.dims.h, n.dims.w, n.dims.d4, n.dims.d5};
        const auto t = w.table_in(list, k++, state_form);
        t.text(schema::state::name, n.at);
        t.put(schema::state::type, s.type);
        t.refer(schema::state::dims, w.numbers(extents, n.dims.rank));
        t.put(schema::state::offset, s.offset);
    }
    const dynamic_array<state_bound> bounds = find_bounds(m);
    list = w.vector(static_cast<int>(bounds.size()), 4, 4);
    plan.refer(schema::plan::bounds, list);
    k = 0;
    for (const state_bound& b : bounds) {
        const auto t = w.table_in(list, k++, bound_form);
        t.put(schema::bound::input, b.input);
        t.put(schema::bound::least, b.least);
        t.put(schema::bound::most, b.most);
        t.put(schema::bound::state, b.state);
    }
}

}  // namespace lamina::planner
