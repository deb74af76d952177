// SPDX-License-Identifier: Apache-2.0
// Makes text safe for terminals: bytes of files and names that would move the cursor, change colours
// or reverse the reading direction are escaped.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace lamina {

namespace detail {

/// The length of the UTF-8 sequence at the front, 0 if there is none; `code` is its character.
inline std::size_t utf8_length(std::string_view text, unsigned& code) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    const std::size_t length = first < 0x80 ? 1
        : first >= 0xc2 && first < 0xe0     ? 2
        : first >= 0xe0 && first < 0xf0     ? 3
        : first >= 0xf0 && first < 0xf5     ? 4
                                            : 0;
    if (length == 0 || length > text.size()) return 0;
    code = length == 1 ? first : first & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
        code = code << 6 | (byte(i) & 0x3f);
    }
    constexpr unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    return code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0
                                                                                        : length;
}

}  // namespace detail

/// The text with control characters, bidirectional marks and invalid UTF-8 escaped as \x1b or
/// \u202e. `keeps_lines` keeps line ends and tabs, for compiler logs.
inline std::string printable(std::string_view text, bool keeps_lines = false) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        unsigned code = 0;
        const std::size_t length = detail::utf8_length(text, code);
        const bool is_line = keeps_lines && (code == '\n' || code == '\t');
        if (length == 0) {
            const auto byte = static_cast<unsigned char>(text[0]);
            out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
        } else if ((code < 0x20 && !is_line) || (code >= 0x7f && code < 0xa0)) {
            out += {'\\', 'x', digits[code >> 4], digits[code & 15]};
        } else if ((code >= 0x200b && code < 0x2010) || (code >= 0x2028 && code < 0x202f)
            || (code >= 0x2060 && code < 0x2070) || code == 0xfeff || code == 0x061c) {
            out += "\\u";
            for (int shift = 12; shift >= 0; shift -= 4) out += digits[code >> shift & 15];
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length ? length : 1);
    }
    return out;
}

}  // namespace lamina
