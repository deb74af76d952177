// SPDX-License-Identifier: Apache-2.0
// All groups of torch_cases_*.cpp as one table.
#include "torch_cases.hpp"

namespace lamina_test {

std::span<const torch_case> torch_cases() {
    static const std::vector<torch_case> all = [] {
        std::vector<torch_case> cases;
        for (const auto group : {convolution_cases(), product_cases(), normalisation_cases(),
                 pool_cases(), sequence_cases(), function_cases(), shape_cases(), resize_cases(),
                 reduction_cases(), block_cases(), logic_cases(), recurrent_cases(), index_cases(),
                 made_cases(), place_cases(), vision_cases(), decode_cases(), volume_cases(),
                 volume_pool_cases(), deform_cases(), sound_cases()})
            cases.insert(cases.end(), group.begin(), group.end());
        return cases;
    }();
    return all;
}

}  // namespace lamina_test
