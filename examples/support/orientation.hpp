// SPDX-License-Identifier: Apache-2.0
// How a camera was held: the one tag of EXIF that turns a picture, of JPEG and PNG. stb_image does not
// read it. Every offset is a stranger's, and is checked before it is followed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace examples {

namespace detail {

/// Numbers of a file: `low_first` is Intel's order of bytes, else the most significant comes first.
/// Nothing where they lie outside.
struct byte_reader {
    std::span<const std::byte> bytes;
    bool low_first = false;

    std::optional<std::uint32_t> number(std::size_t at, std::size_t count) const {
        if (at > bytes.size() || count > bytes.size() - at) return {};
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < count; ++i)
            value = value << 8
                | std::to_integer<std::uint32_t>(bytes[at + (low_first ? count - 1 - i : i)]);
        return value;
    }
    bool has(std::size_t at, std::string_view text) const {
        if (at > bytes.size() || text.size() > bytes.size() - at) return false;
        for (std::size_t i = 0; i < text.size(); ++i)
            if (bytes[at + i] != static_cast<std::byte>(text[i])) return false;
        return true;
    }
};

/// The tag in the TIFF structure that EXIF is: 1 to 8, and 1 for whatever is not well-formed.
inline int orientation_in_tiff(std::span<const std::byte> tiff) {
    byte_reader read{tiff, byte_reader{tiff}.has(0, "II")};
    if (!read.low_first && !read.has(0, "MM")) return 1;
    if (read.number(2, 2) != 42u) return 1;
    const auto table = read.number(4, 4);
    const auto entries = table ? read.number(*table, 2) : table;
    for (std::uint32_t i = 0; entries && i < *entries; ++i) {
        const std::size_t at = std::size_t{*table} + 2 + std::size_t{12} * i;
        const auto tag = read.number(at, 2);
        if (!tag) return 1;
        if (*tag != 0x0112) continue;
        const auto value = read.number(at + 8, 2);
        const bool is_one_short = read.number(at + 2, 2) == 3u && read.number(at + 4, 4) == 1u;
        return is_one_short && value && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : 1;
    }
    return 1;
}

}  // namespace detail

/// How the rows of a JPEG or PNG lie, as EXIF numbers it: 1 upright, 2 mirrored, 3 upside down, 4
/// upside down and mirrored, 5 to 8 on a side; 1 where the file says nothing.
/// Source  CIPA DC-008 (Exif 2.32), 4.6.4 Orientation; PNG 1.2 extensions 1.5.0, eXIf.
inline int orientation_of(std::span<const std::byte> file) {
    const detail::byte_reader read{file};
    if (read.has(0, "\xff\xd8")) {
        // Segments: a marker, then a length that counts itself. The pixels begin behind SOS (DA).
        for (std::size_t at = 2;;) {
            const auto marker = read.number(at, 2), length = read.number(at + 2, 2);
            if (!marker || !length || (*marker >> 8) != 0xff || *marker == 0xffda || *length < 2)
                return 1;
            if (*marker == 0xffff) {  // a filler in front of a marker
                ++at;
                continue;
            }
            const std::size_t size = *length;
            if (size > file.size() - at - 2) return 1;
            if (*marker == 0xffe1 && size >= 8 && read.has(at + 4, std::string_view("Exif\0\0", 6)))
                return detail::orientation_in_tiff(file.subspan(at + 10, size - 8));
            at += 2 + size;
        }
    }
    if (read.has(0, "\x89PNG\r\n\x1a\n")) {
        // Chunks: a length, a name, the data, a checksum.
        for (std::size_t at = 8;;) {
            const auto length = read.number(at, 4);
            if (!length || file.size() - at < 12 || *length > file.size() - at - 12) return 1;
            if (read.has(at + 4, "eXIf"))
                return detail::orientation_in_tiff(file.subspan(at + 8, *length));
            if (read.has(at + 4, "IEND")) return 1;
            at += 12 + std::size_t{*length};
        }
    }
    return 1;
}

}  // namespace examples
