// SPDX-License-Identifier: Apache-2.0
// A line of text cut out of a picture, straightened, and as the networks read it.
#pragma once
#include "boxes.hpp"

namespace ocr_program {

/// Weights of the four pixels around a place: cubic, with -0.75 as OpenCV has it.
inline std::array<float, 4> cubic_weights(float part) {
    constexpr float a = -.75f;
    const auto far = [](float x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
    const auto near = [](float x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
    return {far(part + 1), near(part), near(1 - part), far(2 - part)};
}

/// The pixel at a place between pixels; the picture's edge goes on outside.
inline std::array<float, 3> sample(const examples::picture& from, float x, float y) {
    const int left = static_cast<int>(std::floor(x)), top = static_cast<int>(std::floor(y));
    const auto across = cubic_weights(x - static_cast<float>(left));
    const auto down = cubic_weights(y - static_cast<float>(top));
    std::array<float, 3> sum{};
    for (int v = 0; v < 4; ++v)
        for (int u = 0; u < 4; ++u) {
            const std::uint8_t* pixel = from.at(std::clamp(left - 1 + u, 0, from.width - 1),
                std::clamp(top - 1 + v, 0, from.height - 1));
            const float weight
                = across[static_cast<std::size_t>(u)] * down[static_cast<std::size_t>(v)];
            for (std::size_t c = 0; c < 3; ++c) sum[c] += weight * static_cast<float>(pixel[c]);
        }
    return sum;
}

/// The unit square mapped to a box. Heckbert 1989, section 2.2.3.
struct projection {
    float a, b, c, d, e, f, g, h;
    explicit projection(const box& to) {
        const float dx1 = to[1].x - to[2].x, dx2 = to[3].x - to[2].x;
        const float dy1 = to[1].y - to[2].y, dy2 = to[3].y - to[2].y;
        const float sx = to[0].x - to[1].x + to[2].x - to[3].x;
        const float sy = to[0].y - to[1].y + to[2].y - to[3].y;
        const float area = dx1 * dy2 - dx2 * dy1;
        g = area != 0 ? (sx * dy2 - dx2 * sy) / area : 0;
        h = area != 0 ? (dx1 * sy - sx * dy1) / area : 0;
        a = to[1].x - to[0].x + g * to[1].x, b = to[3].x - to[0].x + h * to[3].x, c = to[0].x;
        d = to[1].y - to[0].y + g * to[1].y, e = to[3].y - to[0].y + h * to[3].y, f = to[0].y;
    }
    point operator()(float u, float v) const {
        const float w = g * u + h * v + 1;
        return {(a * u + b * v + c) / w, (d * u + e * v + f) / w};
    }
};

/// A box cut out as a line; one that is higher than wide is turned a quarter to the left.
inline examples::picture cut_out(const examples::picture& from, const box& b) {
    const int width = static_cast<int>(std::max(distance(b[0], b[1]), distance(b[2], b[3])));
    const int height = static_cast<int>(std::max(distance(b[0], b[3]), distance(b[1], b[2])));
    examples::picture out = examples::blank(width, height);
    const projection to(b);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const point at = to(static_cast<float>(x) / static_cast<float>(width),
                static_cast<float>(y) / static_cast<float>(height));
            const auto pixel = sample(from, at.x, at.y);
            for (std::size_t c = 0; c < 3; ++c)
                out.at(x, y)[c]
                    = static_cast<std::uint8_t>(std::lround(std::clamp(pixel[c], 0.f, 255.f)));
        }
    if (2 * height < 3 * width) return out;
    examples::picture turned = examples::blank(height, width);
    for (int y = 0; y < turned.height; ++y)
        for (int x = 0; x < turned.width; ++x)
            std::copy_n(out.at(width - 1 - y, x), 3, turned.at(x, y));
    return turned;
}

inline examples::picture on_its_head(const examples::picture& from) {
    examples::picture out = examples::blank(from.width, from.height);
    for (int y = 0; y < from.height; ++y)
        for (int x = 0; x < from.width; ++x)
            std::copy_n(from.at(from.width - 1 - x, from.height - 1 - y), 3, out.at(x, y));
    return out;
}

/// BGR, (value / 255 - 0.5) / 0.5.
inline std::vector<float> bgr_input(examples::picture from) {
    for (std::size_t i = 0; i + 2 < from.rgb.size(); i += 3)
        std::swap(from.rgb[i], from.rgb[i + 2]);
    return examples::to_input(from, {127.5f, 127.5f, 127.5f}, {127.5f, 127.5f, 127.5f});
}

/// Columns of a line that is 48 rows high.
inline int columns_of(const examples::picture& line) {
    return std::max(1, static_cast<int>(std::ceil(48.0 * line.width / line.height)));
}

/// 3x48xWIDTH: the line from the left, at most so wide, and zeros behind it.
inline std::vector<float> line_input(const examples::picture& line, int width) {
    const int used = std::min(width, columns_of(line));
    const auto narrow = bgr_input(examples::stretch(line, used, 48));
    std::vector<float> out(static_cast<std::size_t>(3 * 48 * width));
    for (std::size_t row = 0; row < 3 * 48; ++row)
        std::copy_n(&narrow[row * static_cast<std::size_t>(used)], static_cast<std::size_t>(used),
            &out[row * static_cast<std::size_t>(width)]);
    return out;
}

}  // namespace ocr_program
