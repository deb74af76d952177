// SPDX-License-Identifier: Apache-2.0
// Pictures for the examples: read with stb_image, cropped and scaled, turned into a network's input.
// Between a file (or bytes linked into the program) and engine.run().
#pragma once
#include "orientation.hpp"

#include <lamina/core/error.hpp>
#include <lamina/runtime/mapped_file.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#include <stb/stb_image.h>
// It doubts sums of its coefficients that are a little over 1 for some sizes, then normalises them.
#define STBIR_ASSERT(claim) static_cast<void>(claim)
#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>

namespace examples {

/// Rows of RGB bytes, without gaps.
struct picture {
    int width = 0, height = 0;
    std::vector<std::uint8_t> rgb;

    std::uint8_t* at(int x, int y) {
        return rgb.data()
            + (static_cast<std::size_t>(y) * static_cast<std::size_t>(width)
                  + static_cast<std::size_t>(x))
            * 3;
    }
    const std::uint8_t* at(int x, int y) const { return const_cast<picture*>(this)->at(x, y); }
};

inline picture blank(int width, int height) {
    return {width, height,
        std::vector<std::uint8_t>(
            static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3)};
}

/// A part of a picture, which lies within it.
inline picture cut(const picture& from, int left, int top, int width, int height) {
    picture out = blank(width, height);
    for (int y = 0; y < height; ++y) std::copy_n(from.at(left, top + y), 3 * width, out.at(0, y));
    return out;
}

/// What stb has to say, in parentheses; not every failure has words.
inline std::string stb_reason() {
    const char* reason = stbi_failure_reason();
    return reason && *reason ? " (" + std::string(reason) + ")" : std::string();
}

/// stb fills what is missing of a JPEG with grey. Its last marker is looked for in the second half,
/// since cameras put things behind it and small pictures before it.
inline bool is_cut_jpeg(std::span<const std::byte> bytes) {
    constexpr std::byte first[] = {std::byte{0xff}, std::byte{0xd8}};
    constexpr std::byte last[] = {std::byte{0xff}, std::byte{0xd9}};
    return bytes.size() > 2 && std::ranges::equal(bytes.first(2), first)
        && std::ranges::search(bytes.subspan(bytes.size() / 2), last).empty();
}

/// The picture as it was seen: turned and mirrored as EXIF's orientation says.
inline picture upright(const picture& from, int orientation) {
    if (orientation < 2 || orientation > 8) return from;
    const bool on_a_side = orientation >= 5;
    picture out = blank(on_a_side ? from.height : from.width, on_a_side ? from.width : from.height);
    // Which ends of the given picture's columns and rows the picture begins with.
    const bool flip_x
        = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool flip_y
        = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    for (int y = 0; y < out.height; ++y)
        for (int x = 0; x < out.width; ++x) {
            const int along = on_a_side ? y : x, down = on_a_side ? x : y;
            std::copy_n(from.at(flip_x ? from.width - 1 - along : along,
                            flip_y ? from.height - 1 - down : down),
                3, out.at(x, y));
        }
    return out;
}

/// Decodes PNG, JPEG or BMP, upright where EXIF says how the camera was held, as PIL's
/// exif_transpose does. Grey becomes RGB; an alpha channel is dropped, as PIL's convert("RGB") does.
/// `label` names the picture in errors.
/// Errors  LAM-R23 for what is none of these, is damaged, or has more than 100 million pixels.
inline picture decode_picture(std::span<const std::byte> bytes, const std::string& label) {
    const auto refuse = [&](const std::string& found) {
        throw lamina::error(
            lamina::errc::picture, label, label + " " + found + "; give a PNG, JPEG or BMP file");
    };
    if (bytes.size() > std::size_t{std::numeric_limits<int>::max()})
        refuse("has " + std::to_string(bytes.size()) + " bytes, pictures have less than 2 GB");
    const auto* data = reinterpret_cast<const stbi_uc*>(bytes.data());
    const int size = static_cast<int>(bytes.size());
    int width = 0, height = 0, channels = 0;
    if (size == 0) refuse("is empty, a picture is expected");
    if (!stbi_info_from_memory(data, size, &width, &height, &channels))
        refuse("is not a picture that can be read" + stb_reason());
    if (is_cut_jpeg(bytes)) refuse("is cut short, a JPEG's last marker is missing");
    if (std::int64_t{width} * height > 100'000'000)
        refuse("has " + std::to_string(width) + "x" + std::to_string(height)
            + " pixels, at most 100 million are read");
    stbi_uc* pixels = stbi_load_from_memory(data, size, &width, &height, &channels, 3);
    if (!pixels) refuse("is damaged" + stb_reason());
    picture out = blank(width, height);
    std::copy_n(pixels, out.rgb.size(), out.rgb.data());
    stbi_image_free(pixels);
    return upright(out, orientation_of(bytes));
}

/// Errors  LAM-R01, LAM-R23.
inline picture read_picture(const std::string& path) {
    const lamina::mapped_file file(path);
    return decode_picture(file.bytes(), path);
}

/// The largest square in the middle, scaled to `side` x `side`. Bilinear, averaging where it makes
/// smaller, as PIL's resize(..., BILINEAR).
inline picture square(const picture& from, int side) {
    const int edge = std::min(from.width, from.height);
    picture out = blank(side, side);
    const int good
        = stbir_resize_uint8_generic(from.at((from.width - edge) / 2, (from.height - edge) / 2),
            edge, edge, from.width * 3, out.rgb.data(), side, side, 0, 3, STBIR_ALPHA_CHANNEL_NONE,
            0, STBIR_EDGE_CLAMP, STBIR_FILTER_TRIANGLE, STBIR_COLORSPACE_LINEAR, nullptr);
    if (!good)
        throw lamina::error(lamina::errc::picture, "picture",
            "a picture of " + std::to_string(from.width) + "x" + std::to_string(from.height)
                + " pixels cannot be scaled, memory is short; give a smaller one");
    return out;
}

/// Scaled by two-point interpolation without averaging, as OpenCV's resize does.
inline picture stretch(const picture& from, int width, int height) {
    // Source coordinate of a pixel centre: the lower neighbour and how far to the next one.
    const auto place = [](int i, int out, int in) {
        const double at = std::clamp((i + 0.5) * in / out - 0.5, 0.0, in - 1.0);
        const int low = std::min(static_cast<int>(at), std::max(in - 2, 0));
        return std::pair(low, at - low);
    };
    picture out = blank(width, height);
    for (int y = 0; y < height; ++y) {
        const auto [top, down] = place(y, height, from.height);
        const int bottom = std::min(top + 1, from.height - 1);
        for (int x = 0; x < width; ++x) {
            const auto [left, across] = place(x, width, from.width);
            const int right = std::min(left + 1, from.width - 1);
            for (int c = 0; c < 3; ++c) {
                const double upper
                    = from.at(left, top)[c] * (1 - across) + from.at(right, top)[c] * across;
                const double lower
                    = from.at(left, bottom)[c] * (1 - across) + from.at(right, bottom)[c] * across;
                out.at(x, y)[c]
                    = static_cast<std::uint8_t>(std::lround(upper * (1 - down) + lower * down));
            }
        }
    }
    return out;
}

/// 1x3xHxW for a network: (value - mean) / deviation, both in steps of 0 to 255.
inline std::vector<float> to_input(
    const picture& from, std::array<float, 3> mean, std::array<float, 3> deviation) {
    const std::size_t pixels = from.rgb.size() / 3;
    std::vector<float> out(pixels * 3);
    for (std::size_t c = 0; c < 3; ++c)
        for (std::size_t i = 0; i < pixels; ++i)
            out[c * pixels + i]
                = (static_cast<float>(from.rgb[i * 3 + c]) - mean[c]) / deviation[c];
    return out;
}

}  // namespace examples
