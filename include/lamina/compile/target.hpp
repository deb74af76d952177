// SPDX-License-Identifier: Apache-2.0
// Device classes a plan is made for: what must be known to fix layouts and the arena's size. Tile
// sizes are not here; they are chosen when an engine is made.
#pragma once
#include <lamina/core/dtype.hpp>

#include <string_view>

namespace lamina {

/// How images lie in the arena.
enum class image_order : unsigned char {
    blocked,       ///< NCHWc: blocks of channels innermost, for CPU vector units
    channels_last, ///< NHWC, for GPUs
};

/// A device class. A structural value, so that it can be a template argument: plan<Net, gpu>.
struct target {
    image_order images = image_order::blocked;
    int channel_block = 16; ///< lanes of a block where images are blocked
    bool bakes_numbers = false; ///< extents become constants of the kernel (more programs)
    dtype storage = dtype::f32; ///< of activations and weights; sums are always float
    int largest_winograd = 6; ///< tile of Winograd's filtering that may be chosen: 0, 2, 4 or 6

    /// The same class with half-precision storage.
    constexpr target half() const {
        target out = *this;
        out.storage = dtype::f16;
        return out;
    }
    /// The same class with Winograd's filtering up to F(tile x tile, 3 x 3), tile 2, 4 or 6; 0: only
    /// direct convolutions. Against fp64, sums of 256 channels err by 3e-6 of their size with 4 and
    /// by 4e-6 with 6, directly and with 2 by 1e-6. Has no effect on gpu and on half storage.
    constexpr target winograd(int tile) const {
        target out = *this;
        out.largest_winograd = tile;
        return out;
    }
    constexpr std::string_view label() const {
        return images == image_order::blocked ? "cpu" : "gpu";
    }
    constexpr bool operator==(const target&) const = default;
};

inline constexpr target cpu{};
inline constexpr target gpu{.images = image_order::channels_last, .bakes_numbers = true};

/// Storage precision of a plan: plan<Net, cpu, precision::fp16>.
enum class precision : unsigned char { fp32, fp16 };

} // namespace lamina
