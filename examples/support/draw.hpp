// SPDX-License-Identifier: Apache-2.0
// Drawing on pictures, and plots made of it: rectangles, lines, short texts, PNG files.
#pragma once
#include "picture.hpp"

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_easy_font.h>
#include <stb/stb_image_write.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

namespace examples {

using colour = std::array<std::uint8_t, 3>;
inline constexpr colour green{0, 200, 0}, red{220, 30, 30}, blue{30, 90, 200}, grey{150, 150, 150},
    black{0, 0, 0}, white{255, 255, 255}, yellow{255, 240, 170};

struct point {
    float x = 0, y = 0;
};

inline void dot(picture& on, int x, int y, const colour& c) {
    if (x >= 0 && y >= 0 && x < on.width && y < on.height) std::ranges::copy(c, on.at(x, y));
}

/// Filled, from (left, top) up to what lies before (right, bottom).
inline void fill(picture& on, int left, int top, int right, int bottom, const colour& c) {
    for (int y = std::max(top, 0); y < std::min(bottom, on.height); ++y)
        for (int x = std::max(left, 0); x < std::min(right, on.width); ++x) dot(on, x, y, c);
}

inline void line(picture& on, point from, point to, const colour& c, int thick = 1) {
    const float dx = to.x - from.x, dy = to.y - from.y;
    const int steps = 1 + static_cast<int>(std::max(std::fabs(dx), std::fabs(dy)));
    for (int i = 0; i <= steps; ++i) {
        const float part = static_cast<float>(i) / static_cast<float>(steps);
        const int x = static_cast<int>(std::lround(from.x + part * dx)) - thick / 2;
        const int y = static_cast<int>(std::lround(from.y + part * dy)) - thick / 2;
        fill(on, x, y, x + thick, y + thick, c);
    }
}

/// A closed line through the points.
inline void outline(picture& on, std::span<const point> points, const colour& c, int thick = 1) {
    for (std::size_t i = 0; i < points.size(); ++i)
        line(on, points[i], points[(i + 1) % points.size()], c, thick);
}

/// Columns of a text that is `scale` times stb_easy_font's size (letters of 7 rows).
inline int width_of(std::string text, int scale = 1) {
    return stb_easy_font_width(text.data()) * scale;
}

/// ASCII; other characters become '?'.
inline void write(picture& on, int x, int y, std::string text, const colour& c, int scale = 1) {
    for (char& letter : text)
        if (static_cast<unsigned char>(letter) >= 127) letter = '?';
    struct corner {
        float x, y, z;
        std::uint8_t rgba[4];
    };
    std::vector<corner> corners(text.size() * 120 + 4);
    const int quads = stb_easy_font_print(0, 0, text.data(), nullptr, corners.data(),
        static_cast<int>(corners.size() * sizeof(corner)));
    for (int i = 0; i < quads; ++i) {
        const corner &first = corners[static_cast<std::size_t>(4 * i)],
                     &last = corners[static_cast<std::size_t>(4 * i + 2)];
        fill(on, x + static_cast<int>(first.x) * scale, y + static_cast<int>(first.y) * scale,
            x + static_cast<int>(last.x) * scale, y + static_cast<int>(last.y) * scale, c);
    }
}

/// Errors  LAM-R03.
inline void write_png(const std::string& path, const picture& from) {
    if (!stbi_write_png(path.c_str(), from.width, from.height, 3, from.rgb.data(), from.width * 3))
        throw lamina::error(lamina::errc::file_not_written, path,
            path + " cannot be written; check the folder, its permissions and the free space");
}

/// A white page with a frame, whose inside shows x from 0 to `right` and y from `low` to `high`.
struct plot {
    picture page;
    int left = 60, top = 30, inner_width, inner_height;
    double right, low, high;

    plot(const std::string& title, double right_end, double lowest, double highest,
        int width = 1000, int height = 320)
        : page(blank(width, height)), inner_width(width - 80), inner_height(height - 70),
          right(right_end), low(lowest), high(highest) {
        fill(page, 0, 0, width, height, white);
        write(page, left, 8, title, black, 2);
    }
    point at(double x, double y) const {
        const double across = right > 0 ? x / right : 0;
        const double up = std::clamp((y - low) / (high - low), 0.0, 1.0);
        return {static_cast<float>(left + across * inner_width),
            static_cast<float>(top + (1 - up) * inner_height)};
    }
    /// Shades all that lies between two places of the x axis.
    void band(double from, double to, const colour& c) {
        fill(page, static_cast<int>(at(from, low).x), top, static_cast<int>(at(to, low).x) + 1,
            top + inner_height, c);
    }
    void curve(std::span<const double> y, double step, const colour& c, int thick = 1) {
        for (std::size_t i = 1; i < y.size(); ++i)
            if (std::isfinite(y[i - 1]) && std::isfinite(y[i]))
                line(page, at(static_cast<double>(i - 1) * step, y[i - 1]),
                    at(static_cast<double>(i) * step, y[i]), c, thick);
    }
    /// The least and the largest of each column's samples, as sound is drawn.
    void wave(std::span<const float> samples, double step, const colour& c) {
        for (std::size_t i = 0; i < samples.size(); ++i) {
            const double x = static_cast<double>(i) * step;
            line(page, at(x, 0), at(x, static_cast<double>(samples[i])), c);
        }
    }
    /// The frame, and a number at each `every` of both axes.
    void frame(double every_x, double every_y, const std::string& unit_x) {
        const std::array corners{at(0, low), at(right, low), at(right, high), at(0, high)};
        outline(page, corners, black);
        const auto mark = [](double value) {
            char text[32];
            std::snprintf(text, sizeof text, "%g", value);
            return std::string(text);
        };
        for (int i = 0; i * every_x <= right; ++i) {
            const point p = at(i * every_x, low);
            line(page, p, {p.x, p.y + 5}, black);
            write(page, static_cast<int>(p.x) - 6, static_cast<int>(p.y) + 9, mark(i * every_x),
                black);
        }
        for (double y = std::ceil(low / every_y) * every_y; y <= high; y += every_y) {
            const point p = at(0, y);
            line(page, {p.x - 5, p.y}, p, black);
            write(page, static_cast<int>(p.x) - 40, static_cast<int>(p.y) - 4, mark(y), black);
        }
        write(page, left + inner_width - width_of(unit_x), top + inner_height + 22, unit_x, black);
    }
};

}  // namespace examples
