// SPDX-License-Identifier: Apache-2.0
// op::custom on the CPU: the user's own reference function.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

/// Errors   LAM-R24 the layer has no reference function.
inline void custom(const node& n, const operands& in, reference_tensor& out) {
    if (!n.custom.reference)
        throw error(errc::self_test, n.layer,
            std::string(n.layer)
                + ": the layer has a kernel but no reference function; set "
                  "custom_kernel::reference to compare its results");
    std::vector<const float*> inputs, weights;
    std::vector<shape> dims;
    for (const reference_tensor* x : in.inputs) {
        inputs.push_back(x->values.data());
        dims.push_back(x->dims);
    }
    for (const auto& values : in.weights) weights.push_back(values.data());
    n.custom.reference(
        inputs.data(), weights.data(), out.values.data(), dims.data(), n.dims, n.attr.scalars);
}

}  // namespace lamina::reference_op
