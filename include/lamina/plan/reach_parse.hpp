// SPDX-License-Identifier: Apache-2.0
// Parses the subset of C of kernels/reach.hpp and of a plan's #define lines into trees, which reach.hpp
// evaluates. Texts are untrusted input: anything unknown is an error.
//
// Supported are: #if, #ifdef, #elif, #else, #endif, macros, declarations of numbers, assignments, if,
// return, blocks, the operators of C, and calls. There are no loops: EACH(k, low, high) stands for one.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/plan/reach_tokens.hpp>

namespace lamina::detail {

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
            && (t.text == "int" || t.text == "uint" || t.text == "float" || t.text == "VEC"
                || t.text == "size_t" || t.text == "ulong" || t.text == "void"
                || t.text == "pointer");
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
                        : type == "uint"                      ? 4
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
