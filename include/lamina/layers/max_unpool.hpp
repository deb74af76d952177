// SPDX-License-Identifier: Apache-2.0
// Values back to where a max_pool took them from.
#pragma once
#include <lamina/graph/rules.hpp>
#include <lamina/graph/window_rule.hpp>

namespace lamina {

/// Zeros, but for the values of `x` at the places that `indices` name, those of max_pool_with_indices:
/// `max_unpool(values, indices, {14, 14})`.
///
/// Shapes   NxCxhxw and the same of indices -> NxCxHxW, `size`.
/// Errors   LAM-01 not an image; LAM-04 x and indices differ; LAM-08 size; LAM-16 x holds indices, or
///          `indices` does not; LAM-17 a tensor of another network.
/// Source   torch.nn.MaxUnpool2d with output_size. Differs: the size must be written; an index outside
///          of the image is left out, where PyTorch stops. Of several values for one element one is
///          taken.
constexpr tensor max_unpool(const tensor& x, const tensor& indices, pair size,
    index_space counted = index_space::plane,
    std::source_location where = std::source_location::current()) {
    network& net = network_of(x);
    const subject who{"max_unpool", {}, where};
    if (!needs_owned(net, who, indices, 2) || !needs_image(net, who, x.dims)) return x;
    needs_values(net, who, x);
    if (indices.type != dtype::i32)
        net.report(problem_id::dtype_mismatch, who, "indices ", to_text(indices.dims), " holds ",
            to_text(indices.type), " values, i32 is needed; pass what max_pool_with_indices makes");
    if (!(indices.dims == x.dims)) {
        net.report(problem_id::operands, who, "values ", to_text(x.dims), " and indices ",
            to_text(indices.dims), " do not match; each value needs its index");
        return x;
    }
    if (size.h < 1 || size.w < 1) {
        net.report(problem_id::option_range, who, "size ", size.h, "x", size.w,
            "; both must be at least 1");
        size = 1;
    }
    node made;
    made.kind = op::unpool;
    made.inputs = {x.id, indices.id};
    made.dims = {x.dims.n, x.dims.c, size.h, size.w};
    made.attr.kind = static_cast<int>(counted);
    return net.add(who, made);
}

}  // namespace lamina
