// SPDX-License-Identifier: Apache-2.0
// Reads the text weights of tensorrtx (.wts): a count, then a line "name count hex hex ..." for
// each tensor, every hex word the bits of one float32. Called by weights.hpp; copies the numbers.
//
// The format has no shapes and no types: every tensor is f32 and shapeless, its order that of the
// framework. A truncated file is detected, a changed digit cannot be.
#pragma once
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <lamina/core/error.hpp>
#include <lamina/runtime/weight_view.hpp>

namespace lamina::detail {

/// Removes and returns the first word of a text; empty at the end.
inline std::string_view next_word(std::string_view& text) {
    const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
    std::size_t begin = 0;
    while (begin < text.size() && blank(text[begin])) ++begin;
    std::size_t end = begin;
    while (end < text.size() && !blank(text[end])) ++end;
    const std::string_view word = text.substr(begin, end - begin);
    text.remove_prefix(end);
    return word;
}

/// True when the whole word is one number of the given base that fits.
template <class Number> bool read_number(std::string_view word, Number& value, int base) {
    const char* end = word.data() + word.size();
    const auto [stopped, code] = std::from_chars(word.data(), end, value, base);
    return code == std::errc() && stopped == end;
}

/// Errors  LAM-R02 with the file and the tensor.
inline weight_table read_wts(std::span<const std::byte> file, std::string_view label) {
    const auto fault = [&](const std::string& what) {
        throw error(errc::file_damaged, std::string(label), std::string(label) + ": " + what);
    };
    // The content of a damaged file at some place, suitable for a message.
    const auto shown = [](std::string_view word) {
        std::string text
            = word.empty() ? "the end of the file" : "'" + std::string(word.substr(0, 40)) + "'";
        for (char& c : text)
            if (static_cast<unsigned char>(c) < 32 || static_cast<unsigned char>(c) > 126) c = '?';
        return text;
    };

    std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
    std::uint64_t tensors = 0;
    const std::string_view first = next_word(text);
    if (!read_number(first, tensors, 10))
        fault("the file begins with " + shown(first)
            + ", a .wts file begins with its number of tensors; export it again");

    weight_table table;
    std::unordered_set<std::string_view> seen;
    std::size_t last_digits = 8;
    for (std::uint64_t i = 0; i < tensors; ++i) {
        const std::string_view name = next_word(text);
        if (name.empty())
            fault("the file ends after " + std::to_string(i) + " tensors, its first line says "
                + std::to_string(tensors) + "; it is cut short, copy or export it again");
        const std::string tensor = "tensor " + shown(name);
        std::uint64_t count = 0;
        const std::string_view size = next_word(text);
        if (!read_number(size, count, 10))
            fault(tensor + " has " + shown(size)
                + " where its number of elements belongs; export it again");
        // A value takes at least two characters: this limits what a wrong count can allocate.
        if (count > text.size() / 2)
            fault(tensor + " claims " + std::to_string(count)
                + " elements, the rest of the file has " + std::to_string(text.size())
                + " characters; it is cut short, copy it again");
        std::vector<std::uint32_t> values(static_cast<std::size_t>(count));
        for (std::uint32_t& value : values) {
            const std::string_view word = next_word(text);
            last_digits = word.size();
            if (last_digits > 8 || !read_number(word, value, 16))
                fault(tensor + " has " + shown(word)
                    + " where a number of 1 to 8 hex digits belongs; copy or export it again");
        }
        table.names.emplace_back(name);
        if (!seen.insert(table.names.back()).second)
            fault(tensor + " is in the file twice; give each tensor its own name");
        table.values.push_back(std::move(values));
        table.views.push_back({table.names.back(), dtype::f32, {static_cast<std::int64_t>(count)},
            std::as_bytes(std::span(std::as_const(table.values.back()))), true});
    }
    // A last number of fewer than 8 digits right at the end of the file may have lost some.
    if (text.empty() && !table.values.empty() && last_digits < 8 && !table.values.back().empty())
        fault("the file ends within the last number of tensor " + shown(table.names.back())
            + "; it is cut short, copy or export it again");
    const std::string_view rest = next_word(text);
    if (!rest.empty())
        fault("after " + std::to_string(tensors)
            + " tensors, as many as the first line says, comes " + shown(rest)
            + "; correct the first line or export the file again");
    return table;
}

}  // namespace lamina::detail
