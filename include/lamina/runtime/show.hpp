// SPDX-License-Identifier: Apache-2.0
// LAMINA_SHOW=plan,kernels,times: tables on stderr, to watch what an engine does.
// Read once per engine; graph, fuse and memory belong to the compiler's stages.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <lamina/core/error.hpp>

namespace lamina {

struct shown_tables {
    bool plan = false, kernels = false, times = false;
};

/// Errors  LAM-R22 for a word that names no table.
inline shown_tables read_show() {
    shown_tables out;
    const char* value = std::getenv("LAMINA_SHOW");
    std::string_view rest = value ? value : "";
    while (!rest.empty()) {
        const std::string_view word = rest.substr(0, rest.find(','));
        rest.remove_prefix(word.size() < rest.size() ? word.size() + 1 : word.size());
        if (word == "plan") out.plan = true;
        else if (word == "kernels") out.kernels = true;
        else if (word == "times") out.times = true;
        else if (word != "graph" && word != "fuse" && word != "memory" && !word.empty())
            throw error(errc::option, "LAMINA_SHOW",
                "LAMINA_SHOW has '" + std::string(word)
                    + "', known are graph, fuse, memory, plan, kernels and times; correct it");
    }
    return out;
}

inline void show(const std::string& table) { std::fputs(table.c_str(), stderr); }

}  // namespace lamina
