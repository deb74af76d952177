// SPDX-License-Identifier: Apache-2.0
// Pools to a given size: global (1x1) and adaptive.
#pragma once
#include <lamina/graph/line_pool.hpp>
#include <lamina/graph/pool_rule.hpp>
#include <lamina/graph/volume_pool.hpp>

namespace lamina {

/// The pool to one element of a sequence, an image or a volume.
constexpr tensor apply_global_pool(const tensor& x, const subject& who, bool is_max) {
    if (x.dims.rank == 3) return pool_to_length(x, who, 1, is_max);
    if (x.dims.rank == 5) return pool_to_volume(x, who, 1, is_max);
    return apply_adaptive_pool(x, who, 1, is_max);
}

/// The mean of each channel's sequence, image or volume.
/// Shapes   NxCxL, NxCxHxW, NxCxDxHxW -> the same rank, 1 behind N and C. Errors   LAM-01 another rank;
/// LAM-16 indices. Fuses with   pointwise ops after it.
/// Source   torch.nn.AdaptiveAvgPool1d(1), 2d(1), 3d(1).
struct global_avg_pool {
    subject who;
    constexpr global_avg_pool(std::source_location where = std::source_location::current())
        : who{"global_avg_pool", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const global_avg_pool& layer) {
    return apply_global_pool(x, layer.who, false);
}

/// The maximum of each channel's sequence, image or volume.
/// Shapes   NxCxL, NxCxHxW, NxCxDxHxW -> the same rank, 1 behind N and C. Errors   LAM-01 another rank;
/// LAM-16 indices. Fuses with   pointwise ops after it.
/// Source   torch.nn.AdaptiveMaxPool1d(1), 2d(1), 3d(1).
struct global_max_pool {
    subject who;
    constexpr global_max_pool(std::source_location where = std::source_location::current())
        : who{"global_max_pool", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const global_max_pool& layer) {
    return apply_global_pool(x, layer.who, true);
}

/// Means over bins, so that the output has the given size: `adaptive_avg_pool{{7, 7}}`.
///
/// Shapes   NxCxHxW -> NxCxhxw; bin i covers floor(i H / h) to ceil((i + 1) H / h).
/// Errors   LAM-01 not an image; LAM-08 the size is below 1; LAM-16 indices.
/// Fuses with   pointwise ops after it.
/// Source   torch.nn.AdaptiveAvgPool2d. Extents that divide become a plain window.
struct adaptive_avg_pool {
    subject who;
    pair size;
    constexpr adaptive_avg_pool(
        pair s, std::source_location where = std::source_location::current())
        : who{"adaptive_avg_pool", {}, where}, size(s) {}
};
constexpr tensor operator|(const tensor& x, const adaptive_avg_pool& layer) {
    return apply_adaptive_pool(x, layer.who, layer.size, false);
}

/// Maxima over bins. As adaptive_avg_pool. Source   torch.nn.AdaptiveMaxPool2d.
struct adaptive_max_pool {
    subject who;
    pair size;
    constexpr adaptive_max_pool(
        pair s, std::source_location where = std::source_location::current())
        : who{"adaptive_max_pool", {}, where}, size(s) {}
};
constexpr tensor operator|(const tensor& x, const adaptive_max_pool& layer) {
    return apply_adaptive_pool(x, layer.who, layer.size, true);
}

}  // namespace lamina
