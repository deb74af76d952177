// SPDX-License-Identifier: Apache-2.0
// Reads the equation of einsum.
#pragma once
#include <lamina/graph/apply.hpp>

#include <cstddef>
#include <string_view>

namespace lamina {

inline constexpr int max_einsum_operands = 8;

/// Names of axes, one character each; those of `...` are digits.
struct axis_names {
    char at[2 * max_rank] = {};
    int count = 0;
    constexpr int find(char name, int from = 0) const {
        for (int i = from; i < count; ++i)
            if (at[i] == name) return i;
        return -1;
    }
    constexpr void push(char name) {
        if (count < 2 * max_rank) at[count++] = name;
    }
    constexpr axis_names operator+(const axis_names& other) const {
        axis_names out = *this;
        for (int i = 0; i < other.count; ++i) out.push(other.at[i]);
        return out;
    }
    /// The names with those of `...` at place `dots`: the last `hidden` of `most` digits, so that the
    /// operands are aligned at the end.
    constexpr axis_names with_hidden(int dots, int hidden, int most) const {
        axis_names out;
        for (int i = 0; i <= count; ++i) {
            if (i == dots)
                for (int h = most - hidden; h < most; ++h) out.push(static_cast<char>('0' + h));
            if (i < count) out.push(at[i]);
        }
        return out;
    }
};

struct einsum_equation {
    axis_names of[max_einsum_operands], result;
    int extents[128] = {};        ///< by name
    int first_operand[128] = {};  ///< that has the name, from 1 on; 0: none has it
    constexpr int extent_of(char name) const { return extents[place(name)]; }
    constexpr bool has(char name) const { return first_operand[place(name)] != 0; }
    static constexpr std::size_t place(char name) { return static_cast<unsigned char>(name); }
};

/// True if the equation fits the operands. Errors   LAM-04, LAM-08.
constexpr bool read_einsum(network& net, const subject& who, std::string_view equation,
    const tensor* operands, int given, einsum_equation& out) {
    const auto refuse = [&](const auto&... parts) {
        net.report(problem_id::option_range, who, "equation '", equation, "' ", parts...);
        return false;
    };
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    int part = 0, dots[max_einsum_operands] = {}, result_dots = -1;
    for (int& at : dots) at = -1;
    bool has_result = false;
    for (std::size_t i = 0; i < equation.size(); ++i) {
        const char c = equation[i];
        axis_names& names = has_result ? out.result : out.of[part];
        int& dots_at = has_result ? result_dots : dots[part];
        if (c == ' ') continue;
        if (is_letter(c)) {
            if (has_result && names.find(c) >= 0)
                return refuse(
                    "names axis ", std::string_view(&equation[i], 1), " twice in its result");
            if (names.count >= max_rank) return refuse("names more than 6 axes in one place");
            names.push(c);
        } else if (c == '.' && equation.substr(i, 3) == "..." && dots_at < 0) {
            dots_at = names.count;
            i += 2;
        } else if (c == ',' && !has_result) {
            if (++part >= given) break;
        } else if (c == '-' && equation.substr(i, 2) == "->" && !has_result) {
            has_result = true;
            ++i;
        } else {
            return refuse("cannot be read at character ", static_cast<int>(i) + 1,
                "; write letters, '...', commas and one '->'");
        }
    }
    if (part + 1 != given)
        return refuse("has another number of operands than the ", given, " given");
    int most = 0;
    for (int k = 0; k < given; ++k) {
        const int hidden = operands[k].dims.rank - out.of[k].count;
        if (hidden < 0 || (hidden && dots[k] < 0))
            return refuse("names ", out.of[k].count, " axes of operand ", k + 1, ", which is ",
                to_text(operands[k].dims));
        if (hidden > most) most = hidden;
    }
    for (int k = 0; k < given; ++k) {
        out.of[k] = out.of[k].with_hidden(dots[k], operands[k].dims.rank - out.of[k].count, most);
        for (int i = 0; i < out.of[k].count; ++i) {
            const char name = out.of[k].at[i];
            int& known = out.extents[out.place(name)];
            int& first = out.first_operand[out.place(name)];
            const int extent = operands[k].dims[i];
            const bool stretches = !is_letter(name) && (extent == 1 || known == 1);
            if (first && extent != known && !stretches) {
                net.report(problem_id::operands, who, "axis ", std::string_view(&name, 1), " of '",
                    equation, "' is ", known, " in operand ", first, " (",
                    to_text(operands[first - 1].dims), ") and ", extent, " in operand ", k + 1,
                    " (", to_text(operands[k].dims), "); check the letters");
                return false;
            }
            if (!first || (stretches && known == 1)) {
                first = k + 1;
                known = extent;
            }
        }
    }
    if (has_result) {
        out.result = out.result.with_hidden(result_dots, result_dots < 0 ? 0 : most, most);
    } else {
        out.result = axis_names().with_hidden(0, most, most);
        for (char name = 'A'; name <= 'z'; ++name) {
            int times = 0;
            for (int k = 0; k < given; ++k)
                for (int i = 0; i < out.of[k].count; ++i) times += out.of[k].at[i] == name;
            if (times == 1) out.result.push(name);
        }
    }
    if (out.result.count > max_rank) return refuse("gives a tensor of more than 6 axes");
    for (int i = 0; i < out.result.count; ++i)
        if (!out.has(out.result.at[i]))
            return refuse(
                "wants axis ", std::string_view(&out.result.at[i], 1), ", which no operand has");
    return true;
}

}  // namespace lamina
