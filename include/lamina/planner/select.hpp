// SPDX-License-Identifier: Apache-2.0
// Step -> launch: asks the families that serve this op, fastest first; one that cannot take a step
// on this target says no, having touched nothing, and the next is asked. One family, one file in
// kernels/. The last of each line takes everything.
#pragma once
#include <lamina/kernels/attention.hpp>
#include <lamina/kernels/attention_blocked.hpp>
#include <lamina/kernels/conv2d_blocked.hpp>
#include <lamina/kernels/conv2d_tiled.hpp>
#include <lamina/kernels/conv2d_winograd.hpp>
#include <lamina/kernels/conv_any.hpp>
#include <lamina/kernels/conv_transpose_blocked.hpp>
#include <lamina/kernels/depthwise_blocked.hpp>
#include <lamina/kernels/depthwise_tiled.hpp>
#include <lamina/kernels/embedding.hpp>
#include <lamina/kernels/flip.hpp>
#include <lamina/kernels/linear_blocked.hpp>
#include <lamina/kernels/matmul.hpp>
#include <lamina/kernels/matmul_blocked.hpp>
#include <lamina/kernels/matmul_tiled.hpp>
#include <lamina/kernels/norm.hpp>
#include <lamina/kernels/norm_images.hpp>
#include <lamina/kernels/norm_rows.hpp>
#include <lamina/kernels/pad.hpp>
#include <lamina/kernels/pointwise.hpp>
#include <lamina/kernels/pool.hpp>
#include <lamina/kernels/pool_blocked.hpp>
#include <lamina/kernels/pool_index.hpp>
#include <lamina/kernels/reduce.hpp>
#include <lamina/kernels/resize.hpp>
#include <lamina/kernels/resize_taps.hpp>
#include <lamina/kernels/softmax.hpp>
#include <lamina/planner/custom_kernel.hpp>

#include <cstdlib>

namespace lamina::planner {

constexpr bool select_step(launch_builder& b) {
    switch (b.s.kind) {
    case op::conv2d:
        return select_depthwise_blocked(b) || select_conv2d_winograd(b) || select_conv2d_blocked(b)
            || select_depthwise_tiled(b) || select_conv2d_tiled(b) || select_conv_any(b);
    case op::conv_transpose2d:
        return select_conv_transpose_blocked(b) || select_conv_transpose_tiled(b)
            || select_conv_any(b);
    case op::linear:
        return select_linear_blocked(b) || select_linear_tiled(b) || select_matmul(b);
    case op::matmul:
        return select_matmul_blocked(b) || select_matmul_tiled(b) || select_matmul(b);
    case op::attention:
        return select_attention_blocked(b) || select_attention(b);
    case op::pool:
        return select_pool_blocked(b) || select_pool(b);
    case op::pool_index:
        return select_pool_index(b);
    case op::unpool:
        return select_unpool(b);
    case op::pad:
        return select_pad(b);
    case op::resize:
        return select_resize(b) || select_resize_taps(b);
    case op::flip:
        return select_flip(b);
    case op::softmax:
        return select_softmax_lanes(b) || select_softmax(b);
    case op::reduce:
        return select_reduce_lanes(b) || select_reduce(b);
    case op::argmax:
        return select_argmax(b);
    case op::normalize:
        return select_norm_rows(b) || select_norm_images(b) || select_norm(b);
    case op::embedding:
        return select_embedding(b);
    case op::custom:
        return select_custom(b);
    default:
        select_pointwise(b);
        return true;
    }
}

/// Not constexpr, so that a step without a kernel stops the compiler here.
[[noreturn]] inline void no_family_takes_this_step() { std::abort(); }

constexpr void select(module& m, const lamina::target& target) {
    m.launches.reserve(m.steps.size());
    for (const step& s : m.steps) {
        launch_builder b(m, target, s);
        if (!select_step(b)) no_family_takes_this_step();
    }
}

}  // namespace lamina::planner
