// SPDX-License-Identifier: Apache-2.0
// Weights for a network that only a test knows: drawn at random, as a safetensors file in memory
// for engines and as floats for the reference.
#pragma once
#include "support/random.hpp"
#include "support/weights_file.hpp"

#include <lamina/reference/reference.hpp>
#include <lamina/runtime/weights.hpp>

#include <cmath>
#include <string>

namespace lamina_test {

/// Random numbers for all parameters of a network. Variances are positive, and sums over many
/// weights stay about 1 in size, so that one tolerance suits every layer.
class random_weights {
public:
    random_weights(const lamina::network& net, random_source& random) {
        for (const lamina::parameter& wanted : net.parameters) {
            const std::string name(wanted.at.view());
            float terms = 1;
            for (int axis = 1; axis < wanted.dims.rank; ++axis)
                terms *= static_cast<float>(wanted.dims[axis]);
            const bool is_variance = name.ends_with("running_var");
            const float bound = is_variance ? 2 : std::sqrt(3 / terms);
            values_[name] = random.numbers(
                static_cast<std::size_t>(wanted.dims.count()), is_variance ? 0.5f : -bound, bound);
        }
        file_ = weights_file(net, values_);
    }

    /// For an engine; this object must outlive it.
    lamina::weights opened() const { return lamina::weights::from_bytes(file_, "random weights"); }
    /// For a reference; this object must outlive it.
    lamina::weights_lookup lookup() const {
        return [this](std::string_view name) -> std::span<const float> {
            const auto found = values_.find(name);
            return found == values_.end() ? std::span<const float>() : found->second;
        };
    }

private:
    floats_by_name values_;
    std::vector<std::byte> file_;
};

}  // namespace lamina_test
