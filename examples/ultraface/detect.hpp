// SPDX-License-Identifier: Apache-2.0
// What comes behind the network: its raw numbers become boxes, overlapping ones are dropped, the
// rest is drawn. SSD's decoding and hard non-maximum suppression.
#pragma once
#include "../support/picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

namespace ultraface_program {

struct face {
    float left, top, right, bottom;  ///< in pixels of the picture, or 0 to 1
    float score;
};

/// The places that the network looks at: centre, width and height, in 0 to 1 of the picture.
struct place {
    float x, y, width, height;
};

/// Row by row of each feature map, the boxes of a pixel together, for a picture of that size.
inline std::vector<place> all_places(int width, int height) {
    struct map {
        int stride;
        std::vector<float> boxes;  ///< sides in pixels
    };
    const map maps[] = {{8, {10, 16, 24}}, {16, {32, 48}}, {32, {64, 96}}, {64, {128, 192, 256}}};
    std::vector<place> out;
    const auto whole_width = static_cast<float>(width), whole_height = static_cast<float>(height);
    for (const map& m : maps) {
        const int rows = (height + m.stride - 1) / m.stride;
        const int columns = (width + m.stride - 1) / m.stride;
        for (int row = 0; row < rows; ++row)
            for (int column = 0; column < columns; ++column)
                for (float box : m.boxes) {
                    const float x
                        = (static_cast<float>(column) + .5f) / static_cast<float>(columns);
                    const float y = (static_cast<float>(row) + .5f) / static_cast<float>(rows);
                    out.push_back({x, y, std::min(box / whole_width, 1.f),
                        std::min(box / whole_height, 1.f)});
                }
    }
    return out;
}

/// One box for each place of the picture that the network saw. Liu et al. 2016, with variances 0.1 and 0.2.
inline std::vector<face> decode(
    std::span<const float> confidences, std::span<const float> locations, int width, int height) {
    std::vector<face> out;
    std::size_t i = 0;
    for (const place& p : all_places(width, height)) {
        const float* at = &locations[4 * i];
        const float x = p.x + at[0] * .1f * p.width, y = p.y + at[1] * .1f * p.height;
        const float w = std::exp(at[2] * .2f) * p.width, h = std::exp(at[3] * .2f) * p.height;
        const float score = 1 / (1 + std::exp(confidences[2 * i] - confidences[2 * i + 1]));
        out.push_back({x - w / 2, y - h / 2, x + w / 2, y + h / 2, score});
        ++i;
    }
    return out;
}

/// Area of the overlap over the area of both together.
inline float overlap(const face& a, const face& b) {
    const auto area = [](const face& f) {
        return std::max(f.right - f.left, 0.f) * std::max(f.bottom - f.top, 0.f);
    };
    const float both = area({std::max(a.left, b.left), std::max(a.top, b.top),
        std::min(a.right, b.right), std::min(a.bottom, b.bottom), 0});
    return both / (area(a) + area(b) - both + 1e-5f);
}

/// The best boxes first; each drops those behind it that overlap it by more than 0.3.
inline std::vector<face> suppress(std::vector<face> boxes, float least_score = .6f) {
    std::erase_if(boxes, [&](const face& f) { return !(f.score > least_score); });
    std::ranges::stable_sort(boxes, std::greater{}, &face::score);
    std::vector<face> kept;
    for (const face& f : boxes)
        if (std::ranges::none_of(kept, [&](const face& k) { return overlap(k, f) > .3f; }))
            kept.push_back(f);
    return kept;
}

/// The picture as ultraface_of_bytes reads it.
inline examples::picture small_input(const examples::picture& any_size) {
    return examples::stretch(any_size, 320, 240);
}

/// The picture in its own proportions, its sides rounded to multiples of 16, the longer one at most `side` pixels.
inline examples::picture to_input(const examples::picture& any_size, int side) {
    const int longer = std::max(any_size.width, any_size.height);
    const double scale = std::min(1.0, static_cast<double>(side) / longer);
    const auto whole = [&](int extent) {
        return std::clamp((static_cast<int>(extent * scale) + 8) / 16 * 16, 64, 1280);
    };
    const int width = whole(any_size.width), height = whole(any_size.height);
    if (width == any_size.width && height == any_size.height) return any_size;
    return examples::stretch(any_size, width, height);
}

/// Raw numbers of the picture that the network saw to faces, in pixels of the original.
inline std::vector<face> find_faces(std::span<const float> confidences,
    std::span<const float> locations, const examples::picture& seen,
    const examples::picture& original) {
    std::vector<face> faces = suppress(decode(confidences, locations, seen.width, seen.height));
    const auto w = static_cast<float>(original.width), h = static_cast<float>(original.height);
    for (face& f : faces) f = {f.left * w, f.top * h, f.right * w, f.bottom * h, f.score};
    return faces;
}

/// A frame around each face, inside of the picture.
inline void draw(examples::picture& on, std::span<const face> faces) {
    const int thick = std::max(1, std::min(on.width, on.height) / 200);
    for (const face& f : faces) {
        const auto x = [&](float v) {
            return static_cast<int>(std::clamp(v, 0.f, static_cast<float>(on.width - 1)));
        };
        const auto y = [&](float v) {
            return static_cast<int>(std::clamp(v, 0.f, static_cast<float>(on.height - 1)));
        };
        const int left = x(f.left), right = x(f.right), top = y(f.top), bottom = y(f.bottom);
        for (int row = top; row <= bottom; ++row)
            for (int column = left; column <= right; ++column) {
                const int in = std::min({row - top, bottom - row, column - left, right - column});
                if (in < thick)
                    std::ranges::copy(std::array<std::uint8_t, 3>{0, 255, 0}, on.at(column, row));
            }
    }
}

}  // namespace ultraface_program
