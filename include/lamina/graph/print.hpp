// SPDX-License-Identifier: Apache-2.0
// A graph, and the problems found in it, as tables for humans (run time; LAMINA_SHOW=graph).
#pragma once
#include <lamina/graph/network.hpp>

#include <cstdio>

namespace lamina {

namespace detail {

inline void print_padded(std::FILE* to, std::string_view text, int width) {
    std::fprintf(to, "%-*.*s", width, static_cast<int>(text.size()), text.data());
}

}  // namespace detail

/// One row per node: id, layer, name, inputs, shape, the user's line.
inline void print(const network& net, std::FILE* to = stdout) {
    int name_width = 4;
    for (const node& n : net.nodes) name_width = n.at.size > name_width ? n.at.size : name_width;
    std::fprintf(to, "%5s  %-17s %-*s  %-14s %-20s %s\n", "id", "layer", name_width, "name",
        "inputs", "shape", "line");
    for (std::size_t id = 0; id < net.nodes.size(); ++id) {
        const node& n = net.nodes[id];
        text<240> inputs;
        for (int input : n.inputs) inputs.append(inputs.empty() ? "" : ", ").append(input);
        std::fprintf(to, "%5zu  %-17s %-*s  ", id, n.layer, name_width, n.at.c_str());
        detail::print_padded(to, inputs, 14);
        std::fprintf(to, " ");
        detail::print_padded(to,
            say(to_text(n.dims).view(), n.type == dtype::f32 ? "" : " ",
                n.type == dtype::f32 ? "" : to_text(n.type)),
            20);
        std::fprintf(to, " %.*s:%d\n", static_cast<int>(base_name(n.file).size()),
            base_name(n.file).data(), n.line);
    }
    for (const output_binding& out : net.outputs)
        std::fprintf(to, "output '%s' is %d\n", out.at.c_str(), out.node);
}

/// One row per problem, in the order they were found; returns how many.
inline int print_problems(const network& net, std::FILE* to = stdout) {
    for (const problem& p : net.problems)
        std::fprintf(to, "LAM-%02d  %s\n", static_cast<int>(p.id), full_sentence(p).c_str());
    const auto plural = [](std::size_t count) { return count == 1 ? "" : "s"; };
    const std::size_t found = net.problems.size(), nodes = net.nodes.size();
    if (found == 0)
        std::fprintf(to, "%s: no problems in %zu node%s\n",
            net.outputs.empty() ? "no output yet" : "the network is sound", nodes, plural(nodes));
    else
        std::fprintf(
            to, "%zu problem%s in %zu node%s\n", found, plural(found), nodes, plural(nodes));
    return static_cast<int>(net.problems.size());
}

}  // namespace lamina
