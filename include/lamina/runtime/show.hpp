// SPDX-License-Identifier: Apache-2.0
// LAMINA_SHOW=fuse,memory,plan,kernels,times,ranges: tables on stderr that show what an engine does. Read
// once per engine; `graph` is printed by plan_for and show<Net>(), since a plan contains no graph.
#pragma once
#include <cstdio>
#include <string>
#include <string_view>

#include <lamina/core/error.hpp>
#include <lamina/runtime/environment.hpp>

namespace lamina {

struct shown_tables {
    bool graph = false, fuse = false, memory = false;
    bool plan = false, kernels = false, times = false, ranges = false;
};

/// Errors  LAM-R22 for a word that names no table.
inline shown_tables read_show() {
    shown_tables out;
    const std::string value = environment("LAMINA_SHOW");
    std::string_view rest = value;
    while (!rest.empty()) {
        const std::string_view word = rest.substr(0, rest.find(','));
        rest.remove_prefix(word.size() < rest.size() ? word.size() + 1 : word.size());
        if (word == "plan")
            out.plan = true;
        else if (word == "kernels")
            out.kernels = true;
        else if (word == "times")
            out.times = true;
        else if (word == "ranges")
            out.ranges = true;
        else if (word == "graph")
            out.graph = true;
        else if (word == "fuse")
            out.fuse = true;
        else if (word == "memory")
            out.memory = true;
        else if (!word.empty())
            throw error(errc::option, "LAMINA_SHOW",
                "LAMINA_SHOW has '" + std::string(word)
                    + "', known are graph, fuse, memory, plan, kernels, times and "
                      "ranges; correct it");
    }
    return out;
}

inline void show(const std::string& table) { std::fputs(table.c_str(), stderr); }

}  // namespace lamina
