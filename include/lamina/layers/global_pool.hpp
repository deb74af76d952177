// SPDX-License-Identifier: Apache-2.0
// Pools to a given size: global (1x1) and adaptive.
#pragma once
#include <lamina/graph/pool_rule.hpp>

namespace lamina {

/// The mean of each channel's image.
/// Shapes   NxCxHxW -> NxCx1x1. Errors   LAM-01 not an image; LAM-16 indices.
/// Fuses with   pointwise ops after it. Source   torch.nn.AdaptiveAvgPool2d(1).
struct global_avg_pool {
    subject who;
    constexpr global_avg_pool(std::source_location where = std::source_location::current())
        : who{"global_avg_pool", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const global_avg_pool& layer) {
    return apply_adaptive_pool(x, layer.who, 1, false);
}

/// The maximum of each channel's image.
/// Shapes   NxCxHxW -> NxCx1x1. Errors   LAM-01 not an image; LAM-16 indices.
/// Fuses with   pointwise ops after it. Source   torch.nn.AdaptiveMaxPool2d(1).
struct global_max_pool {
    subject who;
    constexpr global_max_pool(std::source_location where = std::source_location::current())
        : who{"global_max_pool", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const global_max_pool& layer) {
    return apply_adaptive_pool(x, layer.who, 1, true);
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
