// SPDX-License-Identifier: Apache-2.0
// What a kernel reaches, as text: reads the small C of kernels/reach.hpp and of a plan's #define lines
// into trees. reach.hpp computes with them. Texts are hostile input: what is not known is an error.
//
// Known are: #if, #ifdef, #elif, #else, #endif, macros, declarations of numbers, assignments, if,
// return, blocks, the operators of C, and calls. There are no loops: EACH(k, low, high) stands for one.
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

/// Why a text cannot be followed, or reaches out of a buffer; becomes a lamina::error in reach.hpp.
struct reach_fault : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct token {
    enum kind_t : unsigned char { word, number, real, sign, end } kind = end;
    std::string_view text;
    std::int64_t value = 0;
};

inline constexpr std::size_t reach_tokens = 65536;  ///< of one text with its macros

/// Cuts a text into tokens.
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
    /// Lines "#define NAME(parameters) body"; the others are passed over. Later ones win.
    void add(std::string_view text) {
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            std::string_view line = text.substr(at, end - at);
            at = end + 1;
            if (line.starts_with("#define ")) define(line.substr(8));
        }
    }
    void define(std::string_view line) {
        std::size_t stop = 0;
        while (stop < line.size() && in_word(line[stop])) ++stop;
        macro made;
        const std::string_view name = line.substr(0, stop);
        std::string_view rest = line.substr(stop);
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
        if (!all_.contains(line.substr(0, line.find(' ')))) define(line);
    }
    bool contains(std::string_view name) const { return all_.contains(name); }

    /// A text with every macro replaced, and only those lines that #if lets stand. Its own #define
    /// lines are added; what follows ARGS goes to `arguments`.
    std::vector<token> expand(std::string_view text, std::vector<token>& arguments) {
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
                if (line.starts_with("ARGS "))
                    expand_into(arguments, tokens_of(line.substr(5)), {}, 0);
                else if (line.find('(') != line.npos) {
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
                if (live()) define(line.substr(8));
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
    struct macro {
        std::vector<std::string_view> parameters;
        std::vector<token> body;
        bool has_list = false;
    };
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

/// A tree of what is computed. Children are indices into the same list.
struct reach_node {
    enum kind_t : unsigned char {
        number,
        opaque,
        variable,
        unary,
        binary,
        choice,
        call,
        index,
        cast,
        assign,
        declare,
        block,
        branch,
        leave,
        each,
        split,
        nothing
    } kind = nothing;
    std::string_view text;  ///< a name or an operator
    std::int64_t value = 0;
    std::vector<int> parts;
};

/// Tokens into trees.
class reach_parser {
public:
    std::vector<reach_node> nodes;

    /// All statements of a text; the root's index.
    int parse(std::vector<token> tokens) {
        tokens_ = std::move(tokens);
        at_ = 0;
        std::vector<int> parts;
        while (!done()) parts.push_back(statement(0));
        return make(reach_node::block, {}, std::move(parts));
    }
    int parse_expression(std::vector<token> tokens) {
        tokens_ = std::move(tokens);
        at_ = 0;
        const int out = expression(0);
        if (!done()) unknown();
        return out;
    }

private:
    std::vector<token> tokens_;
    std::size_t at_ = 0;

    bool done() const { return at_ == tokens_.size(); }
    const token& peek(std::size_t ahead = 0) const {
        static const token none;
        return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : none;
    }
    bool take(std::string_view text) {
        if (done() || tokens_[at_].text != text) return false;
        ++at_;
        return true;
    }
    void need(std::string_view text) {
        if (!take(text)) unknown();
    }
    [[noreturn]] void unknown() const {
        throw reach_fault(done() ? "a line ends too early"
                                 : "it has '" + std::string(peek().text.substr(0, 40))
                    + "' where nothing of the kind is known");
    }
    int make(reach_node::kind_t kind, std::string_view text, std::vector<int> parts,
        std::int64_t value = 0) {
        nodes.push_back({kind, text, value, std::move(parts)});
        return static_cast<int>(nodes.size()) - 1;
    }
    static bool is_type(const token& t) {
        return t.kind == token::word
            && (t.text == "int" || t.text == "float" || t.text == "VEC" || t.text == "size_t"
                || t.text == "ulong" || t.text == "void" || t.text == "pointer");
    }

    int statement(int depth) {
        if (depth > 60) throw reach_fault("its blocks are too deep to be followed");
        if (take(";")) return make(reach_node::nothing, {}, {});
        if (take("{")) {
            std::vector<int> parts;
            while (!take("}")) {
                if (done()) unknown();
                parts.push_back(statement(depth + 1));
            }
            return make(reach_node::block, {}, std::move(parts), 1);
        }
        if (take("if")) {
            need("(");
            std::vector<int> parts{expression(0)};
            need(")");
            parts.push_back(statement(depth + 1));
            if (take("else")) parts.push_back(statement(depth + 1));
            return make(reach_node::branch, {}, std::move(parts));
        }
        if (take("return")) {
            need(";");
            return make(reach_node::leave, {}, {});
        }
        if (peek().text == "EACH") {
            ++at_;
            need("(");
            const std::string_view name = peek().text;
            if (peek().kind != token::word) unknown();
            ++at_;
            need(",");
            std::vector<int> parts{expression(0)};
            need(",");
            parts.push_back(expression(0));
            need(")");
            parts.push_back(statement(depth + 1));
            return make(reach_node::each, name, std::move(parts));
        }
        if (peek().text == "APART") {
            ++at_;
            need("(");
            const std::string_view name = peek().text;
            if (peek().kind != token::word) unknown();
            ++at_;
            need(")");
            return make(reach_node::split, name, {statement(depth + 1)});
        }
        const bool is_const = take("const");
        if (is_type(peek()) && peek(1).kind == token::word) {
            const std::string_view type = tokens_[at_++].text;
            std::vector<int> parts;
            do {
                if (peek().kind != token::word) unknown();
                const std::string_view name = tokens_[at_++].text;
                std::vector<int> value;
                if (take("=")) value.push_back(expression(0));
                parts.push_back(make(reach_node::declare, name, std::move(value),
                    type == "int"                             ? 0
                        : type == "size_t" || type == "ulong" ? 1
                        : type == "pointer"                   ? 2
                                                              : 3));
            } while (take(","));
            need(";");
            return make(reach_node::block, {}, std::move(parts));
        }
        if (is_const) unknown();
        const int left = expression(0);
        for (std::string_view sign : {"=", "+=", "-=", "*=", "/=", "%="})
            if (take(sign)) {
                const int right = expression(0);
                need(";");
                return make(reach_node::assign, sign, {left, right});
            }
        need(";");
        return left;
    }

    static int rank_of(const token& t) {
        if (t.kind != token::sign) return -1;
        constexpr std::pair<std::string_view, int> ranks[] = {{"?", 0}, {"||", 1}, {"&&", 2},
            {"|", 3}, {"&", 5}, {"==", 6}, {"!=", 6}, {"<", 7}, {">", 7}, {"<=", 7}, {">=", 7},
            {"<<", 8}, {">>", 8}, {"+", 9}, {"-", 9}, {"*", 10}, {"/", 10}, {"%", 10}};
        for (const auto& [sign, rank] : ranks)
            if (sign == t.text) return rank;
        return -1;
    }

    int expression(int least, int depth = 0) {
        if (depth > 200) throw reach_fault("its expressions are too deep to be followed");
        int left = operand(depth);
        for (int rank; (rank = rank_of(peek())) >= least;) {
            const std::string_view sign = tokens_[at_++].text;
            if (sign == "?") {
                const int yes = expression(0, depth + 1);
                need(":");
                const int no = expression(0, depth + 1);
                left = make(reach_node::choice, {}, {left, yes, no});
            } else {
                left = make(reach_node::binary, sign, {left, expression(rank + 1, depth + 1)});
            }
        }
        return left;
    }

    int operand(int depth) {
        if (depth > 200) throw reach_fault("its expressions are too deep to be followed");
        const token t = peek();
        if (done()) unknown();
        ++at_;
        int out;
        if (t.kind == token::number) {
            out = make(reach_node::number, {}, {}, t.value);
        } else if (t.kind == token::real) {
            out = make(reach_node::opaque, {}, {});
        } else if (t.text == "-" || t.text == "+" || t.text == "!") {
            return make(reach_node::unary, t.text, {operand(depth + 1)});
        } else if (t.text == "(" && is_type(peek()) && peek(1).text == ")") {
            const std::string_view type = tokens_[at_].text;
            at_ += 2;
            return make(reach_node::cast, type, {operand(depth + 1)});
        } else if (t.text == "(") {
            out = expression(0, depth + 1);
            need(")");
        } else if (t.kind == token::word && peek().text == "(") {
            ++at_;
            std::vector<int> parts;
            if (!take(")")) {
                do parts.push_back(expression(0, depth + 1));
                while (take(","));
                need(")");
            }
            out = make(reach_node::call, t.text, std::move(parts));
        } else if (t.kind == token::word) {
            out = make(reach_node::variable, t.text, {});
        } else {
            --at_;
            unknown();
        }
        while (take("[")) {
            const int place = expression(0, depth + 1);
            need("]");
            out = make(reach_node::index, {}, {out, place});
        }
        return out;
    }
};

}  // namespace lamina::detail
