// SPDX-License-Identifier: Apache-2.0
// Texts made of pieces: families that share a part of their text keep it in one file. The pieces are
// joined when the program runs, for the compiler would take seconds for it.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamina::kernels {

inline std::string join(std::span<const std::string_view> pieces) {
    std::size_t size = 0;
    for (const std::string_view piece : pieces) size += piece.size();
    std::string out;
    out.reserve(size);
    for (const std::string_view piece : pieces) out += piece;
    return out;
}

/// One text of each family.
class joined_texts {
public:
    joined_texts(std::span<const kernel_text> families, text_pieces kernel_text::* pieces) {
        for (const kernel_text& each : families)
            texts_.emplace_back(each.family, join(each.*pieces));
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
