// SPDX-License-Identifier: Apache-2.0
// All kernel families by name: the one list that the runtime looks texts up in.
#pragma once
#include <lamina/kernels/conv2d_blocked.cl.hpp>
#include <lamina/kernels/depthwise_blocked.cl.hpp>
#include <lamina/kernels/linear_blocked.cl.hpp>
#include <lamina/kernels/prelude.cl.hpp>
#include <lamina/kernels/pointwise.cl.hpp>

#include <span>
#include <string_view>

namespace lamina::kernels {

struct kernel_text {
    std::string_view family; ///< also the name of the __kernel function
    std::string_view text;
};

inline constexpr kernel_text catalog[] = {
    {"conv2d_blocked", conv2d_blocked_text},
    {"depthwise_blocked", depthwise_blocked_text},
    {"linear_blocked", linear_blocked_text},
    {"pointwise", pointwise_text},
};

/// Text of a family; empty if there is none of that name.
constexpr std::string_view find_text(std::string_view family) {
    for (const kernel_text& entry : catalog)
        if (entry.family == family)
            return entry.text;
    return {};
}

} // namespace lamina::kernels
