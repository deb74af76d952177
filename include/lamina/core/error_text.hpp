// SPDX-License-Identifier: Apache-2.0
// Turns a message into a compile error: cut into padded pieces and passed as template arguments,
// because C++20's static_assert takes only literals.
#pragma once
#include <lamina/core/text.hpp>

#include <cstddef>
#include <utility>

namespace lamina {

/// 31 characters, padded with blanks: clang shortens longer strings and prints arrays with more
/// than one trailing zero as numbers.
struct piece {
    char text[32];
};

/// Its instantiation is the error message; read the pieces in order.
template <piece... Sentence> struct NETWORK_ERROR {
    static constexpr bool is_right = sizeof...(Sentence) == 0;
    static_assert(is_right,
        "the network has a mistake: read the pieces of NETWORK_ERROR above as one "
        "sentence (file:line: layer 'weights name': what disagrees; what to check). Where "
        "another error is inside of define, correct that one first: its line is missing "
        "from the network that is judged here");
};

inline constexpr std::size_t piece_width = 31;

/// The number of pieces that a message needs if it is cut at spaces.
constexpr std::size_t count_pieces(std::string_view all) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < all.size(); ++count)
        at += all.size() - at <= piece_width ? all.size() - at : [&] {
            const auto cut = all.substr(at, piece_width).find_last_of(' ');
            return cut == std::string_view::npos || cut == 0 ? piece_width : cut + 1;
        }();
    return count;
}

/// Piece number `wanted`.
constexpr piece cut_piece(std::string_view all, std::size_t wanted) {
    std::size_t at = 0;
    piece out{};
    for (std::size_t index = 0; at < all.size(); ++index) {
        std::size_t step = all.size() - at;
        if (step > piece_width) {
            const auto cut = all.substr(at, piece_width).find_last_of(' ');
            step = cut == std::string_view::npos || cut == 0 ? piece_width : cut + 1;
        }
        if (index == wanted) {
            for (std::size_t i = 0; i < piece_width; ++i)
                out.text[i] = i < step && at + i < all.size() ? all[at + i] : ' ';
            return out;
        }
        at += step;
    }
    return out;
}

/// Not constexpr on purpose: reaching it stops the compiler with this name in the message.
inline void this_tensor_was_never_made_by_input_or_a_layer() { __builtin_trap(); }

}  // namespace lamina
