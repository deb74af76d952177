// SPDX-License-Identifier: Apache-2.0
// The results of fuse and plan_memory as tables: the layers of each step, and the tensors in the
// arena while which steps run. Printed by LAMINA_SHOW=fuse,memory and by show<Net>() (show.hpp).
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <lamina/plan/records.hpp>
#include <lamina/plan/table.hpp>

namespace lamina {

/// A piece of the arena and the steps that touch it, both ends included.
struct arena_row {
    std::string name;
    std::uint64_t bytes = 0, offset = 0;
    std::size_t first = 0, last = 0;
};

namespace detail {

/// One sign per row of the table, so that the picture can be read.
inline char arena_sign(std::size_t row) {
    constexpr char signs[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    return signs[row % (sizeof signs - 1)];
}

/// Bytes upwards, steps to the right; at most 16 lines of 64 signs.
inline std::string arena_picture(
    const std::vector<arena_row>& rows, std::size_t steps, std::uint64_t arena_bytes) {
    const std::size_t lines = 16, columns = std::min<std::size_t>(steps, 64);
    std::string out;
    for (std::size_t line = lines; line-- > 0 && arena_bytes;) {
        const std::uint64_t at = (2 * line + 1) * arena_bytes / (2 * lines);
        out += "  |";
        for (std::size_t column = 0; column < columns; ++column) {
            const std::size_t step = column * steps / columns;
            char sign = '.';
            for (std::size_t i = 0; i < rows.size(); ++i)
                if (rows[i].first <= step && step <= rows[i].last && rows[i].offset <= at
                    && at < rows[i].offset + rows[i].bytes)
                    sign = arena_sign(i);
            out += sign;
        }
        out += "|\n";
    }
    return out;
}

}  // namespace detail

/// The arena as a table and a picture. Units   bytes; steps count from 0.
inline std::string memory_map(
    const std::vector<arena_row>& rows, std::size_t steps, std::uint64_t arena_bytes) {
    text_table table({"", "tensor", ">bytes", ">offset", ">first step", ">last step"});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const arena_row& r = rows[i];
        table.add({std::string(1, detail::arena_sign(i)), r.name, std::to_string(r.bytes),
            std::to_string(r.offset), std::to_string(r.first), std::to_string(r.last)});
    }
    return "arena of " + std::to_string(arena_bytes) + " bytes over " + std::to_string(steps)
        + " steps (bytes upwards, steps to the right)\n"
        + detail::arena_picture(rows, steps, arena_bytes) + table.str();
}

/// Tensors of a plan that lie in the arena, each alive until another takes its place. What a plan
/// does not name, such as the planner's own copies, is not among them.
inline std::vector<arena_row> arena_rows(const plan_records& plan) {
    std::vector<arena_row> rows;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        for (const plan_tensor& t : plan.tensors_of(i)) {
            if (t.space != memory_space::arena) continue;
            const auto bytes
                = static_cast<std::uint64_t>(span_elements(t.at(), t.dims)) * size_bytes(t.type);
            rows.push_back({std::string(t.name), bytes, t.offset, i, i});
        }
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        arena_row& r = rows[i];
        std::size_t end = plan.steps.size();
        for (std::size_t j = i + 1; j < rows.size() && end == plan.steps.size(); ++j)
            if (rows[j].first > r.first && rows[j].offset < r.offset + r.bytes
                && r.offset < rows[j].offset + rows[j].bytes)
                end = rows[j].first;
        for (std::size_t step = r.first; step < end; ++step)
            for (const plan_argument& a : plan.steps[step].arguments)
                if (a.space == memory_space::arena && a.offset >= r.offset
                    && a.offset < r.offset + r.bytes)
                    r.last = step;
    }
    return rows;
}

inline std::string memory_map(const plan_records& plan) {
    return memory_map(arena_rows(plan), plan.steps.size(), plan.arena_bytes);
}

/// Which layers each step does; show<Net>() says by which rule too.
inline std::string fuse_table(const plan_records& plan) {
    text_table table({">step", "name", "layers", "kernel"});
    std::size_t layers = 0, beside = 0;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const plan_step& s = plan.steps[i];
        table.add({std::to_string(i), std::string(s.name), std::string(s.layers),
            std::string(plan.kernels[s.kernel].family)});
        const auto count = [&](std::string_view sign) {
            std::size_t found = 0;
            for (std::size_t at = s.layers.find(sign); at != std::string_view::npos;
                at = s.layers.find(sign, at + sign.size()))
                ++found;
            return found;
        };
        beside += count(" | ");
        layers += (s.layers != "reformat") + count(" + ") + count(" | ");
    }
    return std::to_string(plan.steps.size()) + " steps for " + std::to_string(layers)
        + " layers, those that need no kernel left out"
        + (beside ? "; " + std::to_string(beside) + " of them beside another on the same input"
                  : "")
        + "\n" + table.str();
}

}  // namespace lamina
