// SPDX-License-Identifier: Apache-2.0
// One small network per option of every layer, whose results PyTorch recorded: tests/torch/
// make_goldens.py computes the case of the same name. The reference is compared with them, and so
// is every device.
#pragma once
#include <lamina/graph/network.hpp>

#include <span>
#include <vector>

namespace lamina_test {

/// Inputs are called input0, input1, ..., the output "output"; weights are called as in the goldens
/// behind "CASE/param/".
struct torch_case {
    const char* name;
    void (*define)(lamina::network&);
    /// For 32-bit sums on any device, of the largest magnitude of the output: at most 300 terms of
    /// 6e-8 each, and a device's exp or tanh is good to some 1e-6.
    double tolerance = 1e-5;
};

/// All cases.
std::span<const torch_case> torch_cases();

/// The same by group, one file each.
std::span<const torch_case> convolution_cases();
std::span<const torch_case> product_cases();
std::span<const torch_case> normalisation_cases();
std::span<const torch_case> pool_cases();
std::span<const torch_case> function_cases();
std::span<const torch_case> shape_cases();
std::span<const torch_case> resize_cases();
std::span<const torch_case> reduction_cases();
std::span<const torch_case> block_cases();

}  // namespace lamina_test
