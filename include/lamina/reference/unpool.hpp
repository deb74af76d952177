// SPDX-License-Identifier: Apache-2.0
// op::unpool on the CPU: values to where indices say, into zeros.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

inline void unpool(const node& n, const operands& in, reference_tensor& out) {
    const bool whole = static_cast<index_space>(n.attr.kind) == index_space::tensor;
    const std::int64_t image = std::int64_t{n.dims.h} * n.dims.w * n.dims.d4;
    for_each_place(in[0].dims, [&](const place& at, std::size_t index) {
        const std::int64_t first = (std::int64_t{at[0]} * n.dims.c + at[1]) * image;
        const std::int64_t to = in[1].indices[index] - (whole ? first : 0);
        if (to >= 0 && to < image)
            out.values[static_cast<std::size_t>(first + to)] = in[0].values[index];
    });
}

}  // namespace lamina::reference_op
