// SPDX-License-Identifier: Apache-2.0
// Checks that the #define lines of a plan's kernels contain only what the planner itself writes, before they
// precede a kernel's text. Used for plans that are not trusted (runtime/trust.hpp).
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace lamina {

namespace detail {

constexpr bool starts_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool in_word(char c) { return starts_word(c) || is_digit(c); }

/// Calls take(word) for each identifier of a text.
template <class Take> void each_word(std::string_view text, Take take) {
    for (std::size_t at = 0; at < text.size();) {
        if (!in_word(text[at])) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && in_word(text[end])) ++end;
        if (starts_word(text[at])) take(text.substr(at, end - at));
        at = end;
    }
}

/// Calls take(name, what follows it) for each line "#define NAME..." of a text.
template <class Take> void each_define(std::string_view text, Take take) {
    constexpr std::string_view head = "#define ";
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string_view line = text.substr(at, end - at);
        at = end + 1;
        if (!line.starts_with(head)) continue;
        line.remove_prefix(head.size());
        std::size_t stop = 0;
        while (stop < line.size() && in_word(line[stop])) ++stop;
        if (stop) take(line.substr(0, stop), line.substr(stop));
    }
}

using word_set = std::unordered_set<std::string_view>;

inline word_set words_of(std::string_view text) {
    word_set out;
    each_word(text, [&](std::string_view word) { out.insert(word); });
    return out;
}

/// i0 ... i5, j0 ... j5, e0 ... e7 and the like: a letter, perhaps with a digit or "_".
constexpr bool is_short_name(std::string_view word) {
    const bool letter = word[0] >= 'a' && word[0] <= 'z';
    return letter
        && (word.size() == 1 || (word.size() == 2 && (is_digit(word[1]) || word[1] == '_')));
}

/// Words of C that are dangerous in any text.
constexpr bool is_refused_word(std::string_view word) {
    constexpr std::string_view refused[] = {"asm", "goto", "typedef", "struct", "union", "extern",
        "static", "volatile", "kernel", "global", "local", "constant", "private", "generic",
        "sizeof", "defined", "image2d_t", "printf", "pragma", "include"};
    return word.starts_with("__")
        || std::find(std::begin(refused), std::end(refused), word) != std::end(refused);
}

/// The functions that the planner's lines call besides names of the texts.
constexpr bool is_planner_word(std::string_view word) {
    constexpr std::string_view known[]
        = {"const", "int", "if", "return", "void", "rest", "mask", "min", "max", "as_float",
            "get_global_id", "get_group_id", "get_local_id", "float", "exp", "log", "sqrt", "fabs"};
    return std::find(std::begin(known), std::end(known), word) != std::end(known);
}

}  // namespace detail

/// Something in a plan's #define lines that the planner does not write, such as "the word 'asm'"; empty if
/// there is none. Allowed are lines "#define NAME value" whose words are parameters, names that
/// the lines define, or words of the texts after them, with numbers and operators. `prelude` and
/// `text` are the words of those texts.
inline std::string defines_fault(
    std::string_view defines, const detail::word_set& prelude, const detail::word_set& text) {
    using namespace detail;
    struct line {
        std::string_view name, body;
        std::vector<std::string_view> parameters;
    };
    std::vector<line> lines;
    word_set names;
    const auto quoted = [](std::string_view what) {
        std::string out = "'";
        for (char c : what.substr(0, 40)) out += c >= ' ' && c <= '~' ? c : '?';
        return out + "'";
    };
    for (std::size_t at = 0; at < defines.size();) {
        const std::size_t end = std::min(defines.find('\n', at), defines.size());
        const std::string_view whole = defines.substr(at, end - at);
        at = end + 1;
        if (whole.empty()) continue;
        constexpr std::string_view head = "#define ";
        if (!whole.starts_with(head)) return "the line " + quoted(whole);
        std::string_view rest = whole.substr(head.size());
        std::size_t stop = 0;
        while (stop < rest.size() && in_word(rest[stop])) ++stop;
        line made;
        made.name = rest.substr(0, stop);
        // The planner's names begin with a capital letter; no word of C does.
        if (made.name.empty() || made.name[0] < 'A' || made.name[0] > 'Z')
            return "the name " + quoted(rest.substr(0, std::max<std::size_t>(stop, 1)));
        rest.remove_prefix(stop);
        if (rest.starts_with('(')) {
            const std::size_t close = rest.find(')');
            if (close == rest.npos) return "the line " + quoted(whole);
            bool good = true;
            each_word(rest.substr(0, close),
                [&](std::string_view word) { made.parameters.push_back(word); });
            for (char c : rest.substr(1, close - 1))
                good = good && (in_word(c) || c == ',' || c == ' ');
            if (!good) return "the line " + quoted(whole);
            rest.remove_prefix(close + 1);
        }
        made.body = rest;
        for (std::size_t i = 0; i < rest.size(); ++i) {
            constexpr std::string_view signs = " ()[]{}+-*/%<>=!&|?:;,.";
            if (!in_word(rest[i]) && signs.find(rest[i]) == signs.npos)
                return "the character " + quoted(rest.substr(i, 1));
            if (rest[i] == '/' && i + 1 < rest.size() && (rest[i + 1] == '/' || rest[i + 1] == '*'))
                return "a comment";
        }
        names.insert(made.name);
        lines.push_back(std::move(made));
    }
    // The int arguments are names too: ", const int IH, ...".
    for (const line& l : lines) {
        std::string_view before;
        if (l.name == "NUMBERS")
            each_word(l.body, [&](std::string_view word) {
                if (before == "int" && word[0] >= 'A' && word[0] <= 'Z') names.insert(word);
                before = word;
            });
    }
    std::string fault;
    for (const line& l : lines)
        each_word(l.body, [&](std::string_view word) {
            if (!fault.empty()) return;
            const bool known = !is_refused_word(word)
                && (is_short_name(word) || is_planner_word(word) || names.contains(word)
                    || prelude.contains(word) || text.contains(word)
                    || std::find(l.parameters.begin(), l.parameters.end(), word)
                        != l.parameters.end());
            if (!known) fault = "the word " + quoted(word);
        });
    return fault;
}

}  // namespace lamina
