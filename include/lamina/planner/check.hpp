// SPDX-License-Identifier: Apache-2.0
// First stage: problems that only the whole graph shows: unused tensors, no output, sizes beyond the
// limits. They are appended to the network's own problems; later stages assume that there are none.
#pragma once
#include <lamina/graph/walk.hpp>

namespace lamina {

/// Limits of a network, so that every later stage may use small fixed tables and ints.
inline constexpr std::size_t max_nodes = 4096;
inline constexpr std::size_t max_inputs = 64;
inline constexpr std::size_t max_outputs = 64;

namespace detail {

/// The subject of a message about a node. The line comes from the node: a source_location cannot be constructed.
constexpr void report_at(
    network& net, problem_id id, const char* file, int line, const sentence& what) {
    net.problems.push_back({id, file, line, what});
}

/// "conv2d 'conv1'", "relu".
constexpr sentence who_text(const node& n) {
    sentence out(n.layer);
    if (!n.at.empty()) out.append(" '").append(n.at.view()).append("'");
    return out;
}

/// A line reads a state as the line before it left it: what was there before an update is gone.
constexpr void check_states(network& net) {
    const dynamic_array<int> overwrites = find_overwrites(net);
    if (overwrites.empty()) return;
    for (int id = 0; id < static_cast<int>(net.nodes.size()); ++id) {
        const node& n = net.nodes[static_cast<std::size_t>(id)];
        for (const int input : n.inputs) {
            const int update = overwrites[static_cast<std::size_t>(input)];
            if (update >= id) continue;
            const node& by = net.nodes[static_cast<std::size_t>(update)];
            report_at(net, problem_id::state_order, n.file, n.line,
                say(who_text(n).view(), ": reads state '", by.at.view(),
                    "' as it was before the update on line ", by.line,
                    "; read what that update returned, or write this line before it"));
            break;
        }
    }
}

/// A value for a dim that the definition does not declare would have no effect.
constexpr void check_chosen(network& net, const char* file, int line) {
    for (const dim_value& wanted : net.chosen) {
        bool found = false;
        for (const lamina::dim_range& r : net.ranges) found = found || r.at == wanted.at;
        if (found) continue;
        sentence what("network: has no dim '");
        what.append(wanted.at.view()).append("' to give the value ").append(wanted.value);
        what.append("; it has ");
        if (net.ranges.empty()) what.append("none");
        report_at(net, problem_id::dim_range, file, line, what.append(values_text(net.ranges)));
    }
}

}  // namespace detail

/// Errors   LAM-13 a tensor is neither read nor an output; LAM-14 no output; LAM-23 too many nodes,
///          inputs or outputs; LAM-25 a state is read as it was before an update; LAM-26 a value is chosen
///          for a dim that there is none of.
/// Cost     O(nodes).
constexpr void check(network& net) {
    const node* first = net.nodes.empty() ? nullptr : &net.nodes[0];
    const char* file = first ? first->file : "";
    const int line = first ? first->line : 0;

    // Sizes, before anything that loops over them.
    std::size_t inputs = 0;
    for (const node& n : net.nodes) inputs += is_input(n.kind);
    const auto limit = [&](std::size_t have, std::size_t most, const char* what) {
        if (have > most)
            detail::report_at(net, problem_id::limit, file, line,
                say("network: has ", static_cast<int>(have), " ", what, "; the limit is ",
                    static_cast<int>(most), ". Split the network"));
    };
    limit(net.nodes.size(), max_nodes, "nodes");
    limit(inputs, max_inputs, "inputs");
    limit(net.outputs.size(), max_outputs, "outputs");

    if (net.outputs.empty()) {
        detail::report_at(net, problem_id::no_output, file, line,
            say("network: has no output; write net.output(\"name\", tensor) (where the compiler "
                "also reports an error inside of define, correct that one first)"));
        return;
    }

    // Unused results. Only the end of an unused branch is reported; the layers before it are used.
    const dynamic_array<int> users = count_users(net);
    for (std::size_t id = 0; id < net.nodes.size(); ++id) {
        const node& n = net.nodes[id];
        if (is_further(n.kind) || n.is_optional) continue;
        int used = users[id];  // of several outputs one must be
        for (int k = 1; k < count_outputs(net, static_cast<int>(id)); ++k)
            used += users[id + static_cast<std::size_t>(k)];
        if (used == 0 && !traits_of(n).in_place)
            detail::report_at(net, problem_id::unused, n.file, n.line,
                say(detail::who_text(n).view(), ": result ", to_text(n.dims).view(),
                    " is never used; use it, make it an output or remove it"));
    }
    detail::check_states(net);
    detail::check_chosen(net, file, line);
}

}  // namespace lamina
