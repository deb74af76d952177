// SPDX-License-Identifier: Apache-2.0
// Weight names as PyTorch spells them, joined with dots: name("layer", 1) / 0 / "conv1".
#pragma once
#include <lamina/core/text.hpp>

#include <string_view>

namespace lamina {

/// A weight name or a prefix of one. `/` joins with a dot, name("layer", 1) puts a number at the
/// end without one. Write name("layer", stage) / block, never "layer" + stage / block, where `/`
/// would be integer division. `check` reports names longer than 255 characters.
struct name : text<255> {
    bool is_shared = false;  ///< more than one layer may read these weights
    bool is_prefix = false;  ///< what follows is joined without a dot

    constexpr name() = default;
    constexpr name(const char* s) : text<255>(s) {}
    constexpr name(std::string_view s) : text<255>(s) {}
    constexpr name(std::string_view s, int number) : text<255>(s) { append(number); }

    /// Marks weights that several layers share on purpose (tied embeddings); required on every layer
    /// but the first. Without it, using a name twice is an error (LAM-06).
    constexpr name shared() const {
        name out = *this;
        out.is_shared = true;
        return out;
    }

    /// For weights whose names continue without a dot: `(at / "in_proj_").prefix()` reads
    /// in_proj_weight and in_proj_bias, as torch.nn.MultiheadAttention names them.
    constexpr name prefix() const {
        name out = *this;
        out.is_prefix = true;
        return out;
    }

    friend constexpr name operator/(name at, std::string_view part) {
        at.join();
        at.append(part);
        return at;
    }
    friend constexpr name operator/(name at, const char* part) {
        return at / std::string_view(part);
    }
    friend constexpr name operator/(name at, int number) {
        at.join();
        at.append(number);
        return at;
    }
    friend constexpr bool operator==(const name& a, const name& b) { return a.view() == b.view(); }

private:
    constexpr void join() {
        if (size && !is_prefix) append('.');
        is_prefix = false;
    }
};

}  // namespace lamina
