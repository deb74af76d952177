// SPDX-License-Identifier: Apache-2.0
// The tokens of a model of karpathy/llama2.c: texts to numbers and back.
#pragma once
#include <lamina/core/error.hpp>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace story_program {

/// tokenizer.bin: the longest token's length, then each token's score, length and bytes.
class vocabulary {
public:
    /// Errors   LAM-R01, LAM-R02.
    explicit vocabulary(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        if (!file)
            throw lamina::error(lamina::errc::file_missing, path,
                path + " cannot be opened; give the model's tokenizer.bin");
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        const auto number = [&](std::size_t at, auto value) {
            std::memcpy(&value, bytes.data() + at, sizeof value);
            return value;
        };
        for (std::size_t at = 4; at + 8 <= bytes.size();) {
            const auto length = static_cast<std::size_t>(number(at + 4, std::uint32_t{}));
            if (length > bytes.size() - at - 8)
                throw lamina::error(lamina::errc::file_damaged, path,
                    path + ": token " + std::to_string(texts_.size())
                        + " ends behind the file; copy it again");
            scores_.push_back(number(at, float{}));
            texts_.push_back(bytes.substr(at + 8, length));
            at += 8 + length;
        }
    }
    std::size_t size() const { return texts_.size(); }

    /// What a token adds to a text that ends in `before`: bytes are written as <0x0A>, and a blank at the
    /// beginning is left out.
    std::string text(int token, int before) const {
        std::string_view piece = texts_.at(static_cast<std::size_t>(token));
        if (before == begin && piece.starts_with(' ')) piece.remove_prefix(1);
        unsigned byte = 0;
        if (piece.size() == 6 && std::sscanf(std::string(piece).c_str(), "<0x%02X>", &byte) == 1)
            return {static_cast<char>(byte)};
        return std::string(piece);
    }

    /// Byte pairs: single characters, of which the neighbours with the best score join until none can.
    std::vector<int> tokens(std::string_view prompt) const {
        std::vector<int> out{begin};
        if (prompt.empty()) return out;
        for (const char c : " " + std::string(prompt)) {
            const int known = find(std::string(1, c));
            out.push_back(known >= 0 ? known : static_cast<unsigned char>(c) + 3);
        }
        for (;;) {
            int best = -1;
            std::size_t at = 0;
            for (std::size_t i = 1; i + 1 < out.size(); ++i) {
                const int joined = find(texts_[static_cast<std::size_t>(out[i])]
                    + texts_[static_cast<std::size_t>(out[i + 1])]);
                if (joined >= 0
                    && (best < 0
                        || scores_[static_cast<std::size_t>(joined)]
                            > scores_[static_cast<std::size_t>(best)])) {
                    best = joined;
                    at = i;
                }
            }
            if (best < 0) return out;
            out[at] = best;
            out.erase(out.begin() + static_cast<std::ptrdiff_t>(at) + 1);
        }
    }

    static constexpr int begin = 1;  ///< a text begins with it, and the next one

private:
    std::vector<std::string> texts_;
    std::vector<float> scores_;

    int find(const std::string& text) const {
        for (std::size_t i = 0; i < texts_.size(); ++i)
            if (texts_[i] == text) return static_cast<int>(i);
        return -1;
    }
};

}  // namespace story_program
