// SPDX-License-Identifier: Apache-2.0
// Patterns of tensor names that a file may contain and a network does not use: in fits (at compile
// time) and in engine_options (at run time).
#pragma once
#include <cstddef>
#include <string_view>

namespace lamina {

/// Whether a name matches a pattern: `*` matches any characters, dots included, `?` matches one.
/// Cost     O(pattern x name) at worst.
constexpr bool matches(std::string_view pattern, std::string_view name) {
    constexpr std::size_t none = ~std::size_t{0};
    std::size_t at = 0, i = 0, star = none, from = 0;
    while (i < name.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            from = i;
        } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == name[i])) {
            ++at;
            ++i;
        } else if (star != none) {  // the last star takes one more
            at = star + 1;
            i = ++from;
        } else {
            return false;
        }
    }
    while (at < pattern.size() && pattern[at] == '*') ++at;
    return at == pattern.size();
}

/// For fits: tensors of the file that the network does not use, such as those of a training
/// head: `fits<net, net_weights, ignoring{"aux.*", "*.position_ids"}>`. At most 500
/// characters together.
struct ignoring {
    char text[512] = {};  ///< the patterns, each followed by a zero
    int size = 0;

    template <std::size_t... Sizes> consteval ignoring(const char (&... patterns)[Sizes]) {
        (add(patterns), ...);
    }

    /// Calls `see(pattern)` for each.
    template <class See> constexpr void each(See see) const {
        for (int at = 0; at < size;) {
            const std::string_view pattern(text + at);
            see(pattern);
            at += static_cast<int>(pattern.size()) + 1;
        }
    }
    constexpr bool has(std::string_view name) const {
        bool found = false;
        each([&](std::string_view pattern) { found = found || matches(pattern, name); });
        return found;
    }

private:
    consteval void add(std::string_view pattern) {
        if (size + static_cast<int>(pattern.size()) > 500)
            throw "ignoring{} has more than 500 characters; use shorter patterns";
        for (char c : pattern) text[size++] = c;
        ++size;
    }
};

/// For fits: a prefix that every name in the file has and the network's names lack, such as
/// `prefixed{"module."}` for weights of DataParallel.
struct prefixed {
    char text[128] = {};

    template <std::size_t Size> consteval prefixed(const char (&prefix)[Size]) {
        static_assert(Size <= 128, "a prefix has at most 127 characters");
        for (std::size_t i = 0; i < Size; ++i) text[i] = prefix[i];
    }
    constexpr std::string_view view() const { return text; }
};

/// The name without the prefix, if it has it.
constexpr std::string_view without_prefix(std::string_view name, std::string_view prefix) {
    return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

/// Where names nest: what stands before the last dot, and before the first.
constexpr std::string_view stem_of(std::string_view name) {
    const auto dot = name.find_last_of('.');
    return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}
constexpr std::string_view first_part_of(std::string_view name) {
    const auto dot = name.find('.');
    return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot + 1);
}

/// True if `name` is the weight of the layer whose bias is wanted.
constexpr bool is_weight_beside(std::string_view name, std::string_view wanted) {
    return wanted.ends_with(".bias") && name.ends_with(".weight")
        && stem_of(name) == stem_of(wanted);
}
/// What follows that weight's name where the file has no bias.
inline constexpr std::string_view bias_advice
    = "' without a bias; write .bias = false, or remove .bias = true";

}  // namespace lamina
