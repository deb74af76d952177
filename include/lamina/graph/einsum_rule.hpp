// SPDX-License-Identifier: Apache-2.0
// Reads the equation of einsum.
#pragma once
#include <lamina/graph/apply.hpp>

#include <array>
#include <string_view>

namespace lamina {

/// Names of axes, one character each; those of `...` are digits.
struct axis_names {
    char at[2 * max_rank] = {};
    int count = 0;
    constexpr int find(char name) const {
        for (int i = 0; i < count; ++i)
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
};

struct einsum_equation {
    axis_names of[2], result;
    char names[2 * max_rank] = {};
    int extents[2 * max_rank] = {};
    int count = 0;
    constexpr int extent_of(char name) const {
        for (int i = 0; i < count; ++i)
            if (names[i] == name) return extents[i];
        return 1;
    }
};

/// True if the equation fits the operands (the second may be null). Errors   LAM-04, LAM-08.
constexpr bool read_einsum(network& net, const subject& who, std::string_view equation,
    std::array<const shape*, 2> operands, einsum_equation& out) {
    const auto refuse = [&](const auto&... parts) {
        net.report(problem_id::option_range, who, "equation '", equation, "' ", parts...);
        return false;
    };
    const int given = operands[1] ? 2 : 1;
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    int part = 0, dots[3] = {-1, -1, -1};  // 2 is the result
    axis_names* lists[3] = {&out.of[0], &out.of[1], &out.result};
    bool has_result = false;
    for (std::size_t i = 0; i < equation.size(); ++i) {
        const char c = equation[i];
        if (c == ' ') continue;
        if (is_letter(c)) {
            if (lists[part]->find(c) >= 0)
                return refuse("names axis ", std::string_view(&equation[i], 1),
                    " twice in one place; diagonals are not supported, slice before");
            if (lists[part]->count >= max_rank)
                return refuse("names more than 6 axes in one place");
            lists[part]->push(c);
        } else if (c == '.' && equation.substr(i, 3) == "..." && dots[part] < 0) {
            dots[part] = lists[part]->count;
            i += 2;
        } else if (c == ',' && part == 0) {
            part = 1;
        } else if (c == '-' && equation.substr(i, 2) == "->" && !has_result) {
            has_result = true;
            if ((part == 1) != (given == 2)) break;
            part = 2;
            ++i;
        } else {
            return refuse("cannot be read at character ", static_cast<int>(i) + 1,
                "; write letters, '...', one comma and one '->' (three operands: two at a time)");
        }
    }
    if (!has_result ? (part == 1) != (given == 2) : part != 2)
        return refuse("has another number of operands than the ", given, " given");
    // The axes of `...` are the last digits, so that they are aligned at the end.
    int most = 0;
    for (int k = 0; k < given; ++k) {
        const int hidden = operands[static_cast<std::size_t>(k)]->rank - lists[k]->count;
        if (hidden < 0 || (hidden && dots[k] < 0))
            return refuse("names ", lists[k]->count, " axes of operand ", k + 1, ", which is ",
                to_text(*operands[static_cast<std::size_t>(k)]));
        if (dots[k] >= 0 && hidden > most) most = hidden;
    }
    for (int k = 0; k < given; ++k) {
        const int hidden = operands[static_cast<std::size_t>(k)]->rank - lists[k]->count;
        axis_names all;
        for (int i = 0; i <= lists[k]->count; ++i) {
            if (i == dots[k])
                for (int h = 0; h < hidden; ++h)
                    all.push(static_cast<char>('0' + most - hidden + h));
            if (i < lists[k]->count) all.push(lists[k]->at[i]);
        }
        *lists[k] = all;
    }
    for (int k = 0; k < given; ++k)
        for (int i = 0; i < lists[k]->count; ++i) {
            const char name = lists[k]->at[i];
            const int extent = (*operands[static_cast<std::size_t>(k)])[i];
            bool is_known = false;
            for (int j = 0; j < out.count; ++j) is_known = is_known || out.names[j] == name;
            if (!is_known) {
                out.names[out.count] = name;
                out.extents[out.count++] = extent;
            } else if (out.extent_of(name) != extent) {
                net.report(problem_id::operands, who, "axis ", std::string_view(&name, 1), " of '",
                    equation, "' is ", out.extent_of(name), " and ", extent, " in operands ",
                    to_text(*operands[0]), " and ", to_text(operands[1] ? *operands[1] : shape{}),
                    "; check the letters");
                return false;
            }
        }
    axis_names result;
    const auto push_hidden = [&] {
        for (int h = 0; h < most; ++h) result.push(static_cast<char>('0' + h));
    };
    if (has_result) {
        for (int i = 0; i <= out.result.count; ++i) {
            if (i == dots[2]) push_hidden();
            if (i < out.result.count) result.push(out.result.at[i]);
        }
    } else {
        push_hidden();
        for (char name = 'A'; name <= 'z'; ++name)
            if ((out.of[0].find(name) >= 0) != (out.of[1].find(name) >= 0)) result.push(name);
    }
    if (result.count > max_rank) return refuse("gives a tensor of more than 6 axes");
    out.result = result;
    for (int i = 0; i < result.count; ++i) {
        bool is_known = false;
        for (int j = 0; j < out.count; ++j) is_known = is_known || out.names[j] == result.at[i];
        if (!is_known)
            return refuse(
                "wants axis ", std::string_view(&result.at[i], 1), ", which no operand has");
    }
    return true;
}

}  // namespace lamina
