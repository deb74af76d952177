// SPDX-License-Identifier: Apache-2.0
// Tests of examples/support/orientation.hpp and upright(): all 8 orientations, in both orders of
// bytes, of JPEG and PNG, and that no damaged EXIF is followed outside of the file.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#if __has_include(<stb/stb_image.h>) && __has_include(<stb/stb_image_write.h>)
#include "examples/support/picture.hpp"

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#endif
#include <stb/stb_image_write.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace {

using bytes = std::vector<std::byte>;

bytes from_text(std::string_view text) {
    const auto all = std::as_bytes(std::span(text));
    return {all.begin(), all.end()};
}

std::string number(std::uint32_t value, int size, bool low_first) {
    std::string out;
    for (int i = 0; i < size; ++i) {
        const int shift = 8 * (low_first ? i : size - 1 - i);
        out += static_cast<char>(value >> shift & 255);
    }
    return out;
}

/// A TIFF structure with two other tags around the orientation.
std::string tiff(int orientation, bool low_first) {
    const auto n = [&](std::uint32_t value, int size) { return number(value, size, low_first); };
    const auto tag = [&](std::uint32_t id, std::uint32_t type, std::uint32_t value) {
        return n(id, 2) + n(type, 2) + n(1, 4) + (type == 3 ? n(value, 2) + n(0, 2) : n(value, 4));
    };
    return (low_first ? "II" : "MM") + n(42, 2) + n(8, 4) + n(3, 2) + tag(0x0100, 4, 77)
        + tag(0x0112, 3, static_cast<std::uint32_t>(orientation)) + tag(0x0128, 3, 2) + n(0, 4);
}

void append(void* to, void* data, int size) {
    auto* from = static_cast<std::byte*>(data);
    static_cast<bytes*>(to)->insert(static_cast<bytes*>(to)->end(), from, from + size);
}

/// 3 wide and 2 high, every pixel another colour: 16x16 squares, which JPEG keeps apart.
examples::picture six() {
    constexpr std::uint8_t colours[6][3] = {{250, 10, 10}, {10, 250, 10}, {10, 10, 250},
        {250, 250, 10}, {10, 250, 250}, {240, 240, 240}};
    examples::picture out = examples::blank(48, 32);
    for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 48; ++x) std::copy_n(colours[y / 16 * 3 + x / 16], 3, out.at(x, y));
    return out;
}

bytes encoded(bool png, const std::string& exif) {
    const examples::picture from = six();
    bytes out;
    if (png)
        stbi_write_png_to_func(append, &out, 48, 32, 3, from.rgb.data(), 48 * 3);
    else
        stbi_write_jpg_to_func(append, &out, 48, 32, 3, from.rgb.data(), 95);
    if (exif.empty()) return out;
    const bytes extra = from_text(png
            ? number(static_cast<std::uint32_t>(exif.size()), 4, false) + "eXIf" + exif + "crc!"
            : "\xff\xe1" + number(static_cast<std::uint32_t>(exif.size() + 8), 2, false)
                + std::string("Exif\0\0", 6) + exif);
    out.insert(out.begin() + (png ? 33 : 2), extra.begin(), extra.end());  // behind IHDR, SOI
    return out;
}

/// The six squares by number, row by row, as far as their colours can be told.
std::string squares(const examples::picture& seen) {
    const examples::picture known = six();
    std::string out;
    for (int y = 8; y < seen.height; y += 16) {
        for (int x = 8; x < seen.width; x += 16)
            for (int i = 0; i < 6; ++i) {
                const auto* wanted = known.at(i % 3 * 16 + 8, i / 3 * 16 + 8);
                int far = 0;
                for (int c = 0; c < 3; ++c) far += std::abs(wanted[c] - seen.at(x, y)[c]);
                if (far < 60) out += static_cast<char>('0' + i);
            }
        out += '/';
    }
    return out;
}

}  // namespace

TEST_CASE("picture: all orientations of EXIF, as PIL's exif_transpose turns them") {
    const char* const wanted[] = {"012/345/", "012/345/", "210/543/", "543/210/", "345/012/",
        "03/14/25/", "30/41/52/", "52/41/30/", "25/14/03/", "012/345/"};
    for (const bool png : {false, true})
        for (const bool low_first : {false, true})
            for (int orientation = 0; orientation <= 9; ++orientation) {
                CAPTURE(png);
                CAPTURE(low_first);
                CAPTURE(orientation);
                const bytes file = encoded(png, tiff(orientation, low_first));
                CHECK(squares(examples::decode_picture(file, "picture")) == wanted[orientation]);
            }
    for (const bool png : {false, true})
        CHECK(squares(examples::decode_picture(encoded(png, ""), "picture")) == "012/345/");
}

TEST_CASE("picture: a damaged EXIF is not followed, and turns nothing") {
    for (const bool png : {false, true}) {
        const bytes whole = encoded(png, tiff(6, true));
        // Cut anywhere, and each byte of the first 120 changed: an exact copy on the heap, so that a
        // byte too far is a report of AddressSanitizer.
        for (std::size_t size = 0; size < std::min<std::size_t>(whole.size(), 300); ++size) {
            const bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
            CHECK(examples::orientation_of(cut) <= 8);
        }
        for (std::size_t at = 0; at < 120; ++at)
            for (const int value : {0, 1, 127, 128, 255}) {
                bytes changed = whole;
                changed[at] = static_cast<std::byte>(value);
                const int got = examples::orientation_of(changed);
                CHECK((got >= 1 && got <= 8));
            }
    }
    // A table that lies beyond the file, and one with 65535 entries.
    CHECK(examples::detail::orientation_in_tiff(
              from_text("II" + number(42, 2, true) + "\xf0\xff\xff\xff"))
        == 1);
    CHECK(examples::detail::orientation_in_tiff(
              from_text("II" + number(42, 2, true) + number(8, 4, true) + "\xff\xff"))
        == 1);
}
#else
TEST_CASE("picture: not tried, stb is not installed") {}
#endif
