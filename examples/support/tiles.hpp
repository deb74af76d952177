// SPDX-License-Identifier: Apache-2.0
// A large picture in tiles: where they lie, and how their results become one. Tiles overlap, and where two do, one
// fades into the other; the outermost pixels of a tile, which the network's padding reaches, do not count.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace examples {

struct tile {
    int left, top, width, height;
};

struct tiling {
    int side = 512;    ///< pixels of a tile, at most
    int overlap = 64;  ///< of neighbours, less than half a side
    int margin
        = 16;  ///< pixels at an edge inside of the picture that do not count, less than half an overlap
};

/// Where tiles begin along an axis: all are `side` long but the last, which ends with the picture.
inline std::vector<int> tile_starts(int extent, const tiling& how) {
    std::vector<int> out{0};
    while (out.back() + how.side < extent) out.push_back(out.back() + how.side - how.overlap);
    return out;
}

/// Row by row. If extents, side and overlap are multiples of a number, so are those of all tiles.
inline std::vector<tile> tiles_of(int width, int height, const tiling& how) {
    std::vector<tile> out;
    for (const int top : tile_starts(height, how))
        for (const int left : tile_starts(width, how))
            out.push_back(
                {left, top, std::min(how.side, width - left), std::min(how.side, height - top)});
    return out;
}

/// The channels of a picture, joined of tiles.
class joined_tiles {
public:
    joined_tiles(int width, int height, const tiling& how, std::size_t channels = 3)
        : width_(width), height_(height), how_(how), channels_(channels),
          sums_(pixels() * channels), weights_(pixels()) {}

    /// `values`: height x width x channels.
    template <class Values> void add(const tile& at, const Values& values) {
        const std::vector<float> across = weights_along(at.left, at.width, width_);
        const std::vector<float> down = weights_along(at.top, at.height, height_);
        std::size_t from = 0;
        for (int y = 0; y < at.height; ++y)
            for (int x = 0; x < at.width; ++x, from += channels_) {
                const std::size_t to
                    = static_cast<std::size_t>(at.top + y) * static_cast<std::size_t>(width_)
                    + static_cast<std::size_t>(at.left + x);
                const float weight
                    = across[static_cast<std::size_t>(x)] * down[static_cast<std::size_t>(y)];
                weights_[to] += weight;
                for (std::size_t c = 0; c < channels_; ++c)
                    sums_[channels_ * to + c] += weight * static_cast<float>(values[from + c]);
            }
    }
    /// Height x width x channels, once all tiles are there.
    std::vector<float> values() const {
        std::vector<float> out = sums_;
        for (std::size_t i = 0; i < out.size(); ++i) out[i] /= weights_[i / channels_];
        return out;
    }

private:
    int width_, height_;
    tiling how_;
    std::size_t channels_;
    std::vector<float> sums_, weights_;

    std::size_t pixels() const {
        return static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_);
    }
    /// From nothing at the margin to 1 where the overlap less its other margin ends; 1 at the picture's own edges.
    std::vector<float> weights_along(int start, int length, int extent) const {
        const auto fade = [&](int distance) {
            const auto into = static_cast<float>(distance - how_.margin) + .5f;
            return std::clamp(into / static_cast<float>(how_.overlap - 2 * how_.margin), 0.f, 1.f);
        };
        std::vector<float> out;
        for (int i = 0; i < length; ++i)
            out.push_back((start > 0 ? fade(i) : 1.f)
                * (start + length < extent ? fade(length - 1 - i) : 1.f));
        return out;
    }
};

}  // namespace examples
