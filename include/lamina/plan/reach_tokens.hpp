// SPDX-License-Identifier: Apache-2.0
// Tokens and macros of reach texts and of a plan's #define lines. Used by reach_parse.hpp. Texts are
// untrusted input: anything unknown is an error.
#pragma once
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/plan/check_defines.hpp>

namespace lamina::detail {

/// Why a text cannot be evaluated, or accesses memory outside of a buffer; becomes a lamina::error.
struct reach_fault : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct token {
    enum kind_t : unsigned char { word, number, real, sign, end } kind = end;
    std::string_view text;
    std::int64_t value = 0;
};

inline constexpr std::size_t reach_tokens = 65536;  ///< of one text with its macros

/// Splits a text into tokens.
inline std::vector<token> tokens_of(std::string_view text) {
    std::vector<token> out;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        std::size_t end = at + 1;
        if (c == ' ' || c == '\n' || c == '\t' || c == '\\') {
            at = end;
            continue;
        }
        token made{token::sign, {}, 0};
        if (starts_word(c)) {
            while (end < text.size() && in_word(text[end])) ++end;
            made.kind = token::word;
        } else if (is_digit(c) || (c == '.' && end < text.size() && is_digit(text[end]))) {
            while (end < text.size()
                && (in_word(text[end]) || text[end] == '.'
                    || ((text[end] == '-' || text[end] == '+') && text[end - 1] == 'e')))
                ++end;
            const std::string_view digits = text.substr(at, end - at);
            const auto [stop, code]
                = std::from_chars(digits.data(), digits.data() + digits.size(), made.value);
            const std::string_view rest(
                stop, static_cast<std::size_t>(digits.data() + digits.size() - stop));
            made.kind = code == std::errc() && (rest.empty() || rest == "u") ? token::number
                                                                             : token::real;
        } else {
            for (std::string_view two :
                {"<=", ">=", "==", "!=", "&&", "||", "<<", ">>", "+=", "-=", "*=", "/=", "%="})
                if (text.substr(at, 2) == two) end = at + 2;
        }
        made.text = text.substr(at, end - at);
        out.push_back(made);
        if (out.size() > reach_tokens) throw reach_fault("its text is too long to be followed");
        at = end;
    }
    return out;
}

/// The macros of a kernel.
class macro_table {
public:
    /// Reads lines "#define NAME(parameters) body" and ignores others. Later definitions win.
    void add(std::string_view text) {
        each_define(
            text, [&](std::string_view name, std::string_view rest) { define(name, rest); });
    }
    void define(std::string_view name, std::string_view rest) {
        macro made;
        if (rest.starts_with('(')) {
            const std::size_t close = std::min(rest.find(')'), rest.size() - 1);
            each_word(rest.substr(0, close),
                [&](std::string_view word) { made.parameters.push_back(word); });
            made.has_list = true;
            rest = rest.substr(close + 1);
        }
        made.body = tokens_of(rest);
        all_[name] = std::move(made);
    }
    void define_if_missing(std::string_view line) {
        const std::size_t end = std::min(line.find(' '), line.size());
        if (!all_.contains(line.substr(0, end))) define(line.substr(0, end), line.substr(end));
    }
    bool contains(std::string_view name) const { return all_.contains(name); }

    struct macro {
        std::vector<std::string_view> parameters;
        std::vector<token> body;
        bool has_list = false;
        mutable bool used = false;  ///< a text that was expanded has it
    };
    const macro& at(std::string_view name) const { return all_.at(name); }

    /// A text with every macro replaced, and without lines that #if excludes. Its own #define
    /// lines are added.
    std::vector<token> expand(std::string_view text) {
        std::vector<token> out;
        struct level {
            bool taken, live, outer;
        };
        std::vector<level> levels;
        const auto live = [&] { return levels.empty() || levels.back().live; };
        for (std::size_t at = 0; at < text.size();) {
            std::size_t end = std::min(text.find('\n', at), text.size());
            while (end < text.size() && end > at && text[end - 1] == '\\')
                end = std::min(text.find('\n', end + 1), text.size());
            const std::string_view line = text.substr(at, end - at);
            at = end + 1;
            if (!line.starts_with('#')) {
                if (!live()) continue;
                if (line.find('(') != line.npos) {
                    // A call may go on in the next lines.
                    std::string_view whole = line;
                    while (std::count(whole.begin(), whole.end(), '(')
                            > std::count(whole.begin(), whole.end(), ')')
                        && at < text.size()) {
                        at = std::min(text.find('\n', at), text.size()) + 1;
                        whole = text.substr(static_cast<std::size_t>(line.data() - text.data()),
                            at - 1 - static_cast<std::size_t>(line.data() - text.data()));
                    }
                    expand_into(out, tokens_of(whole), {}, 0);
                } else {
                    expand_into(out, tokens_of(line), {}, 0);
                }
                continue;
            }
            if (line.starts_with("#define ")) {
                std::size_t stop = 8;
                while (stop < line.size() && in_word(line[stop])) ++stop;
                if (live()) define(line.substr(8, stop - 8), line.substr(stop));
                continue;
            }
            std::string_view words = line.substr(1);
            const std::string_view what = words.substr(0, words.find(' '));
            words.remove_prefix(what.size());
            if (what == "if" || what == "ifdef" || what == "ifndef") {
                const bool outer = live();
                const bool on = outer
                    && (what == "if" ? condition(words)
                                     : all_.contains(first_word(words)) == (what == "ifdef"));
                levels.push_back({on, on, outer});
            } else if (levels.empty()) {
                throw reach_fault("a line " + std::string(what) + " has no #if");
            } else if (what == "elif" || what == "else") {
                level& l = levels.back();
                l.live = l.outer && !l.taken && (what == "else" || condition(words));
                l.taken = l.taken || l.live;
            } else {
                levels.pop_back();
            }
        }
        return out;
    }

    std::vector<token> expand_line(std::string_view text) const {
        std::vector<token> out;
        expand_into(out, tokens_of(text), {}, 0);
        return out;
    }

private:
    std::map<std::string_view, macro> all_;

    using names = std::vector<std::string_view>;
    static bool among(const names& all, std::string_view name) {
        return std::find(all.begin(), all.end(), name) != all.end();
    }

    void expand_into(std::vector<token>& out, const std::vector<token>& from, const names& inside,
        int depth) const {
        if (depth > 40) throw reach_fault("its macros are too deep to be followed");
        for (std::size_t i = 0; i < from.size(); ++i) {
            if (out.size() > reach_tokens)
                throw reach_fault("its macros are too long to be followed");
            const token& t = from[i];
            const auto found = t.kind == token::word ? all_.find(t.text) : all_.end();
            if (found == all_.end() || among(inside, t.text)
                || (found->second.has_list && (i + 1 == from.size() || from[i + 1].text != "("))) {
                out.push_back(t);
                continue;
            }
            const macro& m = found->second;
            m.used = true;
            std::vector<std::vector<token>> arguments;
            if (m.has_list) {
                int open = 0;
                std::vector<token> one;
                for (++i;; ++i) {
                    if (i == from.size()) throw reach_fault("a macro's list has no end");
                    const std::string_view sign = from[i].text;
                    if (sign == "(" && open++ == 0) continue;
                    if (sign == ")" && --open == 0) break;
                    if (sign == "," && open == 1) {
                        arguments.push_back(std::exchange(one, {}));
                        continue;
                    }
                    one.push_back(from[i]);
                }
                arguments.push_back(std::move(one));
                if (arguments.size() != std::max<std::size_t>(m.parameters.size(), 1))
                    throw reach_fault("macro " + std::string(t.text) + " has "
                        + std::to_string(arguments.size()) + " arguments");
            }
            std::vector<token> filled;
            for (const token& b : m.body) {
                const auto p = std::find(m.parameters.begin(), m.parameters.end(), b.text);
                if (p == m.parameters.end() || b.kind != token::word) {
                    filled.push_back(b);
                    continue;
                }
                expand_into(filled, arguments[static_cast<std::size_t>(p - m.parameters.begin())],
                    inside, depth + 1);
            }
            names deeper = inside;
            deeper.push_back(t.text);
            expand_into(out, filled, deeper, depth + 1);
        }
    }

    static std::string_view first_word(std::string_view words) {
        words.remove_prefix(std::min(words.find_first_not_of(' '), words.size()));
        std::size_t end = 0;
        while (end < words.size() && in_word(words[end])) ++end;
        return words.substr(0, end);
    }
    bool condition(std::string_view words) const;
};

}  // namespace lamina::detail
