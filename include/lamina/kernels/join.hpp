// SPDX-License-Identifier: Apache-2.0
// Joins pieces of kernel text when the program is compiled: families that share a part of their
// text keep it in one file, and the catalogue still holds one literal for each.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

namespace lamina::kernels {

template <const std::string_view&... Pieces> struct joined_text {
    static constexpr std::array<char, (Pieces.size() + ... + 0)> characters = [] {
        std::array<char, (Pieces.size() + ... + 0)> out{};
        std::size_t at = 0;
        for (std::string_view piece : {Pieces...})
            for (char c : piece) out[at++] = c;
        return out;
    }();
};

/// One text of several, which must be variables at namespace scope.
template <const std::string_view&... Pieces>
inline constexpr std::string_view joined{
    joined_text<Pieces...>::characters.data(), joined_text<Pieces...>::characters.size()};

}  // namespace lamina::kernels
