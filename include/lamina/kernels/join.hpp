// SPDX-License-Identifier: Apache-2.0
// Texts made of pieces: families that share a part of their text keep it in one file. The pieces are
// joined when the program runs, for the compiler would take seconds for it.
#pragma once
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamina::kernels {

/// Behind the last piece come empty ones.
using text_pieces = std::array<std::string_view, 9>;

inline std::string join(std::span<const std::string_view> pieces) {
    std::size_t size = 0;
    for (const std::string_view piece : pieces) size += piece.size();
    std::string out;
    out.reserve(size);
    for (const std::string_view piece : pieces) out += piece;
    return out;
}

/// The texts of a table whose rows have a family and pieces.
class joined_texts {
public:
    template <class Row, std::size_t Count> explicit joined_texts(const Row (&table)[Count]) {
        for (const Row& row : table) texts_.emplace_back(row.family, join(row.pieces));
    }

    /// Empty if there is none of that name.
    std::string_view find(std::string_view family) const {
        for (const auto& [name, text] : texts_)
            if (name == family) return text;
        return {};
    }

private:
    std::vector<std::pair<std::string_view, std::string>> texts_;
};

}  // namespace lamina::kernels
