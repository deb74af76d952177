// SPDX-License-Identifier: Apache-2.0
// Weight names as PyTorch spells them, joined with dots: name("layer", 1) / 0 / "conv1".
#pragma once
#include <lamina/core/text.hpp>

#include <string_view>

namespace lamina {

/// A weight name or a prefix of one. `/` joins with a dot, name("layer", 1) puts a number at the
/// end without one. Write name("layer", stage) / block, never "layer" + stage / block, where `/`
/// would be integer division. Longer than 95 characters is a problem that check reports.
struct name : text<95> {
    bool is_shared = false; ///< more than one layer may ask for these weights

    constexpr name() = default;
    constexpr name(const char* s) : text<95>(s) {}
    constexpr name(std::string_view s) : text<95>(s) {}
    constexpr name(std::string_view s, int number) : text<95>(s) { append(number); }

    /// The same name for weights that several layers use on purpose (tied embeddings): without it,
    /// a name used twice is a mistake (LAM-06). Every layer but the first must say so.
    constexpr name shared() const {
        name out = *this;
        out.is_shared = true;
        return out;
    }

    friend constexpr name operator/(name at, std::string_view part) {
        if (at.size)
            at.append('.');
        at.append(part);
        return at;
    }
    friend constexpr name operator/(name at, const char* part) {
        return at / std::string_view(part);
    }
    friend constexpr name operator/(name at, int number) {
        if (at.size)
            at.append('.');
        at.append(number);
        return at;
    }
    friend constexpr bool operator==(const name& a, const name& b) { return a.view() == b.view(); }
};

} // namespace lamina
