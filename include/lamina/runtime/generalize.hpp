// SPDX-License-Identifier: Apache-2.0
// Whether a kernel that takes some of its numbers as arguments does what another does that has them as constants:
// planners write 0 and 1 as constants, which at another shape are other numbers. Used by program_pool.hpp.
#pragma once
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/plan/check_defines.hpp>

namespace lamina::detail {

/// A kernel's #define lines by name, and the names of its number arguments in order.
struct kernel_lines {
    std::vector<std::pair<std::string_view, std::string_view>> constants;
    std::vector<std::string_view> arguments;

    kernel_lines() = default;
    /// The views are of `defines`.
    explicit kernel_lines(std::string_view defines) {
        each_define(defines, [&](std::string_view name, std::string_view rest) {
            if (name != "NUMBERS") {
                constants.emplace_back(name, rest);
                return;
            }
            std::string_view before;
            each_word(rest, [&](std::string_view word) {
                if (before == "int") arguments.push_back(word);
                before = word;
            });
        });
        std::ranges::sort(constants);
    }
    std::optional<std::string_view> constant(std::string_view name) const {
        const auto at = std::ranges::lower_bound(
            constants, name, {}, [](const auto& each) { return each.first; });
        if (at == constants.end() || at->first != name) return std::nullopt;
        return at->second;
    }
};

/// Where a number of the general kernel comes from: a number of the special one, or a constant of it.
struct number_source {
    std::size_t number = 0;
    std::optional<std::int32_t> constant;
};

/// How to call `general` for what `special` does; nothing if it does something else.
inline std::optional<std::vector<number_source>> find_numbers(
    const kernel_lines& general, const kernel_lines& special) {
    std::vector<number_source> out;
    std::size_t from_constants = 0;
    for (const std::string_view name : general.arguments) {
        const auto same = std::ranges::find(special.arguments, name);
        if (same != special.arguments.end()) {
            out.push_back({static_cast<std::size_t>(same - special.arguments.begin()), {}});
            continue;
        }
        const auto text = special.constant(name);
        if (!text || text->size() < 2) return std::nullopt;
        std::int32_t value = 0;
        const char* const end = text->data() + text->size();
        const auto read = std::from_chars(text->data() + 1, end, value);  // behind the space
        if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
        out.push_back({0, value});
        ++from_constants;
    }
    // Nothing of the special one may be left over.
    if (out.size() - from_constants != special.arguments.size()
        || general.constants.size() + from_constants != special.constants.size())
        return std::nullopt;
    for (const auto& [name, text] : general.constants)
        if (special.constant(name) != text) return std::nullopt;
    return out;
}

/// The numbers for the general kernel.
inline std::vector<std::int32_t> numbers_for(
    std::span<const number_source> from, std::span<const std::int32_t> numbers) {
    std::vector<std::int32_t> out;
    out.reserve(from.size());
    for (const number_source& one : from)
        out.push_back(one.constant ? *one.constant : numbers[one.number]);
    return out;
}

}  // namespace lamina::detail
