// SPDX-License-Identifier: Apache-2.0
// A kernel's defines as text, written straight into the plan. Only what varies between networks is
// rendered; the families' texts stay literals.
#pragma once
#include <lamina/planner/defines.hpp>

namespace lamina::planner {

/// Appends the text to `out`, which has append(std::string_view) and append(std::int64_t).
template <class Sink> constexpr void render(const define_parts& all, Sink& out) {
    const char* copied = all.copied.data();
    const auto words_of = [copied](const define_part& p) {
        return std::string_view(
            p.words ? p.words : copied + p.from, static_cast<std::size_t>(p.size));
    };
    for (const define_part& p : all.parts) {
        if (p.kind >= part_kind::argument) continue;
        if (p.kind == part_kind::numeral)
            out.append(std::int64_t{p.value});
        else if (p.kind == part_kind::bits)
            out.append(std::int64_t{static_cast<unsigned>(p.value)});
        else if (p.kind == part_kind::define_stride)
            out.append(std::string_view("#define S_", 10));
        else if (p.kind <= part_kind::opening)
            out.append(std::string_view("#define ", 8));
        out.append(words_of(p));
        if (p.index >= 0) out.append(std::int64_t{p.index});
        if (p.kind <= part_kind::opening) out.append(std::string_view(" ", 1));
        if (p.kind <= part_kind::define_stride) out.append(std::int64_t{p.value});
        if (p.kind <= part_kind::define_stride || p.kind == part_kind::closing)
            out.append(std::string_view("\n", 1));
    }
    if (!all.numbers) return;
    out.append(std::string_view("#define NUMBERS ", 16));
    for (const define_part& p : all.parts) {
        if (p.kind < part_kind::argument) continue;
        out.append(p.kind == part_kind::argument ? std::string_view(", const int ", 12)
                                                 : std::string_view(", const int S_", 14));
        out.append(words_of(p));
        if (p.index >= 0) out.append(std::int64_t{p.index});
    }
    out.append(std::string_view("\n", 1));
}

}  // namespace lamina::planner
