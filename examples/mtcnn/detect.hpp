// SPDX-License-Identifier: Apache-2.0
// MTCNN's cascade around its three networks, step by step as facenet_pytorch runs it: a pyramid of pictures,
// candidates that overlap dropped, the rest cut out for the next network.
#pragma once
#include "../support/picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

namespace mtcnn_program {

struct face {
    std::array<float, 4> box{};  ///< left, top, right, bottom in pixels of the picture
    float score = 0;
    std::array<float, 4> shift{};  ///< what a network would move the box's sides by, over its size
    std::array<float, 10> landmarks{};  ///< x of eyes, nose, ends of the mouth; then y
};

/// The scales of the pyramid: faces of `least` pixels are 12 in the first.
inline std::vector<double> scales_of(int width, int height, int least) {
    std::vector<double> out;
    const double first = 12.0 / least;
    double side = std::min(width, height) * first;
    for (double scale = first; side >= 12; scale *= .709, side *= .709) out.push_back(scale);
    return out;
}

/// A part of the picture as a network's input 3xHxW, each pixel the mean of those that it covers, RGB
/// (value - 127.5) / 128. Bounds are from 1, as in the original, and inside of the picture.
inline void append_resized(std::vector<float>& out, const examples::picture& from, int left,
    int top, int right, int bottom, int width, int height) {
    const int wide = right - left, high = bottom - top;
    const auto begin = [](int i, int in, int to) { return i * in / to; };
    const auto end = [](int i, int in, int to) { return ((i + 1) * in + to - 1) / to; };
    const std::size_t plane = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    const std::size_t first = out.size();
    out.resize(first + 3 * plane);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            std::array<float, 3> sum{};
            const int y0 = begin(y, high, height), y1 = end(y, high, height);
            const int x0 = begin(x, wide, width), x1 = end(x, wide, width);
            for (int v = y0; v < y1; ++v)
                for (int u = x0; u < x1; ++u)
                    for (std::size_t c = 0; c < 3; ++c) sum[c] += from.at(left + u, top + v)[c];
            const auto count = static_cast<float>((y1 - y0) * (x1 - x0));
            const std::size_t at = first
                + static_cast<std::size_t>(y) * static_cast<std::size_t>(width)
                + static_cast<std::size_t>(x);
            for (std::size_t c = 0; c < 3; ++c)
                out[at + c * plane] = (sum[c] / count - 127.5f) / 128;
        }
}

/// Area of the overlap over that of both together, or (`least`) over the smaller one, sides counted with
/// their last pixel then.
inline float overlap(const face& a, const face& b, bool least) {
    const float one = least ? 1.f : 0.f;
    const auto area = [&](float left, float top, float right, float bottom) {
        return std::max(right - left + one, 0.f) * std::max(bottom - top + one, 0.f);
    };
    const auto& [al, at, ar, ab] = a.box;
    const auto& [bl, bt, br, bb] = b.box;
    const float both = area(std::max(al, bl), std::max(at, bt), std::min(ar, br), std::min(ab, bb));
    const float first = area(al, at, ar, ab), second = area(bl, bt, br, bb);
    return both / (least ? std::min(first, second) : first + second - both);
}

/// The best first; each drops those behind it that overlap it too much.
inline std::vector<face> suppress(std::vector<face> faces, float most, bool least = false) {
    std::ranges::stable_sort(faces, std::greater{}, &face::score);
    std::vector<face> kept;
    for (const face& f : faces)
        if (std::ranges::none_of(kept, [&](const face& k) { return overlap(k, f, least) > most; }))
            kept.push_back(f);
    return kept;
}

/// P-Net's places with a score of 0.6 and more, as boxes of the picture.
inline std::vector<face> proposals(std::span<const float> faces, std::span<const float> boxes,
    int rows, int columns, double scale) {
    std::vector<face> out;
    const std::size_t plane = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
    for (int y = 0; y < rows; ++y)
        for (int x = 0; x < columns; ++x) {
            const std::size_t at = static_cast<std::size_t>(y) * static_cast<std::size_t>(columns)
                + static_cast<std::size_t>(x);
            face f;
            f.score = faces[plane + at];
            if (f.score < .6f) continue;
            const auto place = [&](int cell, int side) {
                return static_cast<float>(std::floor((2 * cell + side) / scale));
            };
            f.box = {place(x, 1), place(y, 1), place(x, 12), place(y, 12)};
            for (std::size_t i = 0; i < 4; ++i) f.shift[i] = boxes[i * plane + at];
            out.push_back(f);
        }
    return out;
}

/// The sides moved by what the network says; `one` is 1 where a box counts its last pixel.
inline void shift(face& f, float one) {
    const float width = f.box[2] - f.box[0] + one, height = f.box[3] - f.box[1] + one;
    for (std::size_t i = 0; i < 4; ++i) f.box[i] += f.shift[i] * (i % 2 ? height : width);
}

/// A square of the longer side around the same middle.
inline void make_square(face& f) {
    const float width = f.box[2] - f.box[0], height = f.box[3] - f.box[1];
    const float side = std::max(width, height);
    f.box[0] += (width - side) / 2, f.box[1] += (height - side) / 2;
    f.box[2] = f.box[0] + side, f.box[3] = f.box[1] + side;
}

/// The boxes cut out of the picture and scaled to squares; those that lie outside of it are dropped.
inline std::vector<float> cut_out(
    std::vector<face>& faces, const examples::picture& from, int side) {
    std::vector<float> out;
    std::erase_if(faces, [&](const face& f) {
        const auto whole = [](float v) { return static_cast<int>(v); };
        const int left = std::max(whole(f.box[0]), 1) - 1, top = std::max(whole(f.box[1]), 1) - 1;
        const int right = std::min(whole(f.box[2]), from.width);
        const int bottom = std::min(whole(f.box[3]), from.height);
        if (right <= left || bottom <= top) return true;
        append_resized(out, from, left, top, right, bottom, side, side);
        return false;
    });
    return out;
}

}  // namespace mtcnn_program
