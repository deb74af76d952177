// SPDX-License-Identifier: Apache-2.0
// A layer of a user's own, shown in docs/guide/custom_layers.md and in the reference.
#pragma once
// [custom_layer]
#include <lamina/define.hpp>

namespace mine {

// One work-item per output element; dense row-major tensors.
inline constexpr const char* my_square_text = R"CLC(
__kernel void my_square(IN(x), WEIGHTS(scale), OUT(y)) {
    OPEN(x);
    OPEN(scale);
    OPEN(y);
    const int i = get_global_id(0);
    if (i < COUNT)
        STORE1(y, i, LOAD1(scale, 0) * LOAD1(x, i) * LOAD1(x, i) + SCALAR0);
}
)CLC";

/// What tests compare the kernel with.
inline void my_square_reference(const float* const* inputs, const float* const* weights,
    float* output, const lamina::shape*, const lamina::shape& dims, const float* scalars) {
    for (int i = 0; i < dims.count(); ++i)
        output[i] = weights[0][0] * inputs[0][i] * inputs[0][i] + scalars[0];
}

/// scale x^2 + offset, with a learned scale: "<name>.scale" in the weights file.
constexpr lamina::tensor my_square(const lamina::tensor& x, lamina::name at, float offset,
    std::source_location where = std::source_location::current()) {
    return lamina::custom_layer({"my_square", at, where}, {x},
        {.dims = x.dims,
            .kernel = {"my_square", my_square_text, my_square_reference},
            .weights = {{"scale", {1}}},
            .scalars = {offset}});
}

}  // namespace mine
// [/custom_layer]
