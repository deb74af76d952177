// SPDX-License-Identifier: Apache-2.0
// Weights for a network that only a test knows: drawn at random, as a safetensors file in memory
// for engines and as floats for the reference.
#pragma once
#include "support/random.hpp"

#include <lamina/reference/reference.hpp>
#include <lamina/runtime/weights.hpp>

#include <cmath>
#include <cstring>
#include <map>
#include <string>

namespace lamina_test {

/// Random numbers for all parameters of a network. Variances are positive, and sums over many
/// weights stay about 1 in size, so that one tolerance suits every layer.
class random_weights {
public:
    random_weights(const lamina::network& net, random_source& random) {
        std::string header = "{";
        std::size_t at = 0;
        for (const lamina::parameter& wanted : net.parameters) {
            const std::string name(wanted.at.view());
            std::string dims;
            float terms = 1;
            for (int axis = 0; axis < wanted.dims.rank; ++axis) {
                dims += (axis ? "," : "") + std::to_string(wanted.dims[axis]);
                if (axis) terms *= static_cast<float>(wanted.dims[axis]);
            }
            const auto count = static_cast<std::size_t>(wanted.dims.count());
            const bool is_variance = name.ends_with("running_var");
            const float bound = is_variance ? 2 : std::sqrt(3 / terms);
            values_[name] = random.numbers(count, is_variance ? 0.5f : -bound, bound);
            header += (at ? ",\"" : "\"") + name + R"(":{"dtype":"F32","shape":[)" + dims
                + R"(],"data_offsets":[)" + std::to_string(at) + ","
                + std::to_string(at + count * 4) + "]}";
            at += count * 4;
        }
        header += "}";
        while (header.size() % 8) header += ' ';
        file_.resize(8 + header.size() + at);
        for (std::size_t i = 0; i < 8; ++i) file_[i] = std::byte(header.size() >> (8 * i));
        std::memcpy(file_.data() + 8, header.data(), header.size());
        std::byte* to = file_.data() + 8 + header.size();
        for (const lamina::parameter& wanted : net.parameters) {
            const std::vector<float>& from = values_[std::string(wanted.at.view())];
            std::memcpy(to, from.data(), from.size() * 4);
            to += from.size() * 4;
        }
    }

    /// For an engine; this object must outlive it.
    lamina::weights opened() const { return lamina::weights::from_bytes(file_, "random weights"); }
    /// For a reference; this object must outlive it.
    lamina::weights_lookup lookup() const {
        return [this](std::string_view name) -> std::span<const float> {
            const auto found = values_.find(std::string(name));
            return found == values_.end() ? std::span<const float>() : found->second;
        };
    }

private:
    std::map<std::string, std::vector<float>> values_;
    std::vector<std::byte> file_;
};

}  // namespace lamina_test
