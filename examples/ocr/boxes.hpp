// SPDX-License-Identifier: Apache-2.0
// From the detector's map of text to boxes: what lies together is one line, and its rectangle of the least
// area grows to the size that the training had shrunk. Differentiable binarisation, Liao et al. 2019.
#pragma once
#include "../support/draw.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

namespace ocr_program {

using examples::point;
using box = std::array<point, 4>;  ///< clockwise from the corner at the top left, in pixels

/// A map of HxW numbers.
struct text_map {
    std::span<const float> values;
    int height, width;
    float at(int x, int y) const {
        return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width)
            + static_cast<std::size_t>(x)];
    }
};

inline float cross(point o, point a, point b) {
    return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}
inline float distance(point a, point b) { return std::hypot(a.x - b.x, a.y - b.y); }

/// The corners of the convex polygon around the points, in a turn. Andrew's monotone chain.
inline std::vector<point> hull_of(std::vector<point> all) {
    std::ranges::sort(all, [](point a, point b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
    std::vector<point> out;
    for (int turn = 0; turn < 2; ++turn) {
        const std::size_t first = out.size();
        for (const point p : all) {
            while (out.size() >= first + 2 && cross(out[out.size() - 2], out.back(), p) <= 0)
                out.pop_back();
            out.push_back(p);
        }
        out.pop_back();
        std::ranges::reverse(all);
    }
    return out;
}

/// A rectangle in any direction: its middle, a side's direction and both extents.
struct rectangle {
    point middle, along;
    float width, height;
};

/// The one of the least area around a convex polygon: one of its sides lies on a side of that.
inline rectangle smallest_around(std::span<const point> hull) {
    rectangle best{hull[0], {1, 0}, 0, 0};
    float least = -1;
    for (std::size_t i = 0; i < hull.size(); ++i) {
        const point a = hull[i], b = hull[(i + 1) % hull.size()];
        const float length = distance(a, b);
        if (length == 0) continue;
        const point along{(b.x - a.x) / length, (b.y - a.y) / length};
        float low = 0, high = 0, depth = 0;
        for (const point p : hull) {
            const float u = (p.x - a.x) * along.x + (p.y - a.y) * along.y;
            const float v = (p.y - a.y) * along.x - (p.x - a.x) * along.y;
            low = std::min(low, u), high = std::max(high, u), depth = std::max(depth, v);
        }
        if (least >= 0 && (high - low) * depth >= least) continue;
        least = (high - low) * depth;
        const float u = (low + high) / 2, v = depth / 2;
        best = {{a.x + along.x * u - along.y * v, a.y + along.y * u + along.x * v}, along,
            high - low, depth};
    }
    return best;
}

/// Its corners, clockwise from the top left: the two left ones by their height, then the right ones.
inline box corners_of(const rectangle& r) {
    std::array<point, 4> all;
    constexpr int signs[4][2] = {{-1, -1}, {1, -1}, {1, 1}, {-1, 1}};
    for (std::size_t i = 0; i < 4; ++i) {
        const float u = static_cast<float>(signs[i][0]) * r.width / 2;
        const float v = static_cast<float>(signs[i][1]) * r.height / 2;
        all[i] = {
            r.middle.x + r.along.x * u - r.along.y * v, r.middle.y + r.along.y * u + r.along.x * v};
    }
    std::ranges::sort(all, {}, &point::x);
    if (all[0].y > all[1].y) std::swap(all[0], all[1]);
    if (all[2].y > all[3].y) std::swap(all[2], all[3]);
    return {all[0], all[2], all[3], all[1]};
}

/// The mean of the map inside of a box.
inline float mean_inside(const text_map& map, const box& b) {
    const auto [left, right] = std::ranges::minmax({b[0].x, b[1].x, b[2].x, b[3].x});
    const auto [top, bottom] = std::ranges::minmax({b[0].y, b[1].y, b[2].y, b[3].y});
    double sum = 0;
    int count = 0;
    for (int y = std::max(0, static_cast<int>(top));
        y <= std::min(map.height - 1, static_cast<int>(bottom) + 1); ++y)
        for (int x = std::max(0, static_cast<int>(left));
            x <= std::min(map.width - 1, static_cast<int>(right) + 1); ++x) {
            const point p{static_cast<float>(x), static_cast<float>(y)};
            bool inside = true;
            for (std::size_t i = 0; i < 4; ++i)
                inside = inside && cross(b[i], b[(i + 1) % 4], p) >= -.5f;
            if (!inside) continue;
            sum += static_cast<double>(map.at(x, y));
            ++count;
        }
    return count ? static_cast<float>(sum / count) : 0;
}

/// Points of each part of the map above 0.3 that hangs together, also over a corner; each place also counts
/// for its neighbours on the right and below.
inline std::vector<std::vector<point>> parts_of(const text_map& map) {
    const auto width = static_cast<std::size_t>(map.width),
               all = width * static_cast<std::size_t>(map.height);
    std::vector<char> open(all);
    for (int y = 0; y < map.height; ++y)
        for (int x = 0; x < map.width; ++x) {
            bool marked = false;
            for (int v = std::max(y - 1, 0); v <= y; ++v)
                for (int u = std::max(x - 1, 0); u <= x; ++u) marked = marked || map.at(u, v) > .3f;
            open[static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x)] = marked;
        }
    std::vector<std::vector<point>> out;
    std::vector<std::size_t> waiting;
    for (std::size_t first = 0; first < all; ++first) {
        if (!open[first]) continue;
        out.emplace_back();
        waiting = {first};
        open[first] = 0;
        while (!waiting.empty()) {
            const int x = static_cast<int>(waiting.back() % width),
                      y = static_cast<int>(waiting.back() / width);
            waiting.pop_back();
            out.back().push_back({static_cast<float>(x), static_cast<float>(y)});
            for (int v = std::max(y - 1, 0); v <= std::min(y + 1, map.height - 1); ++v)
                for (int u = std::max(x - 1, 0); u <= std::min(x + 1, map.width - 1); ++u) {
                    const std::size_t at
                        = static_cast<std::size_t>(v) * width + static_cast<std::size_t>(u);
                    if (!open[at]) continue;
                    open[at] = 0;
                    waiting.push_back(at);
                }
        }
    }
    return out;
}

/// The rectangle around a box that grows by `by` at all sides with round corners. Corners are cut to whole
/// pixels before and rounded to them after, as in the original, which does it with polygons of integers.
inline rectangle grown(const box& b, float by) {
    const int steps = std::max(
        2, static_cast<int>(std::ceil(3.1416f / std::acos(1 - .25f / std::max(by, .5f)))));
    std::vector<point> out;
    for (const point& corner : b)
        for (int i = 0; i < 2 * steps; ++i) {
            const float angle = 3.14159265f * static_cast<float>(i) / static_cast<float>(steps);
            out.push_back({std::round(std::trunc(corner.x) + by * std::cos(angle)),
                std::round(std::trunc(corner.y) + by * std::sin(angle))});
        }
    return smallest_around(hull_of(std::move(out)));
}

/// Lines of text in pixels of a picture of that size, from the top to the bottom, from the left to the right.
inline std::vector<box> boxes_of(const text_map& map, int width, int height) {
    std::vector<box> out;
    for (const std::vector<point>& part : parts_of(map)) {
        if (part.size() < 3) continue;
        const std::vector<point> hull = hull_of(part);
        if (hull.size() < 3) continue;
        rectangle r = smallest_around(hull);
        if (std::min(r.width, r.height) < 3 || mean_inside(map, corners_of(r)) < .5f) continue;
        r = grown(corners_of(r), r.width * r.height * 1.6f / (2 * (r.width + r.height)));
        if (std::min(r.width, r.height) < 5) continue;
        box b = corners_of(r);
        for (point& p : b) {
            p.x = std::clamp(
                std::round(p.x / static_cast<float>(map.width) * static_cast<float>(width)), 0.f,
                static_cast<float>(width - 1));
            p.y = std::clamp(
                std::round(p.y / static_cast<float>(map.height) * static_cast<float>(height)), 0.f,
                static_cast<float>(height - 1));
        }
        if (distance(b[0], b[1]) > 3 && distance(b[0], b[3]) > 3) out.push_back(b);
    }
    std::ranges::sort(out, [](const box& a, const box& b) {
        return a[0].y != b[0].y ? a[0].y < b[0].y : a[0].x < b[0].x;
    });
    for (std::size_t i = 1; i < out.size(); ++i)  // lines of nearly one height: by their left ends
        for (std::size_t j = i;
            j > 0 && std::fabs(out[j][0].y - out[j - 1][0].y) < 10 && out[j][0].x < out[j - 1][0].x;
            --j)
            std::swap(out[j], out[j - 1]);
    return out;
}

}  // namespace ocr_program
