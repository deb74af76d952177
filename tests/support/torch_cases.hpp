// SPDX-License-Identifier: Apache-2.0
// One small network per option of every layer, whose results PyTorch recorded: tests/torch/
// make_goldens.py computes the case of the same name. The reference is compared with them, and so
// is every device. A case without weights can say above itself what PyTorch computes from its inputs
// x, y, z and w, in one line, and needs nothing in make_goldens.py:
//   // torch: F.celu(x, 0.5)
//   // torch, spaced: x.topk(3)[0]        of other values than random ones, see drawn_values there
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
};

/// All cases.
std::span<const torch_case> torch_cases();

/// The same by group, one file each.
std::span<const torch_case> convolution_cases();
std::span<const torch_case> product_cases();
std::span<const torch_case> normalisation_cases();
std::span<const torch_case> pool_cases();
std::span<const torch_case> sequence_cases();
std::span<const torch_case> function_cases();
std::span<const torch_case> shape_cases();
std::span<const torch_case> resize_cases();
std::span<const torch_case> reduction_cases();
std::span<const torch_case> logic_cases();
std::span<const torch_case> block_cases();
std::span<const torch_case> recurrent_cases();
std::span<const torch_case> index_cases();
std::span<const torch_case> made_cases();
std::span<const torch_case> place_cases();
std::span<const torch_case> vision_cases();
std::span<const torch_case> decode_cases();
std::span<const torch_case> volume_cases();
std::span<const torch_case> sound_cases();
std::span<const torch_case> deform_cases();
std::span<const torch_case> volume_pool_cases();

}  // namespace lamina_test
