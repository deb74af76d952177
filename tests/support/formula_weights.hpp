// SPDX-License-Identifier: Apache-2.0
// Weights by a formula of name, shape and place, the same that tests/torch/make_zoo.py gives
// PyTorch: networks of any size are compared without a file of weights.
#pragma once
#include <lamina/graph/network.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamina_test {

struct formula_range {
    double low, high;
};

/// Variances and scales around 1, other vectors around 0, pictures in -1 to 1, and what is
/// multiplied so that activations behind a relu keep their size.
inline formula_range range_of(std::string_view name, const lamina::shape& dims) {
    if (name.ends_with("running_var") || (dims.rank == 1 && name.ends_with(".weight")))
        return {0.5, 1.5};
    if (dims.rank == 1) return {-0.1, 0.1};
    if (name == "image") return {-1, 1};
    double terms = 1;
    for (int axis = 1; axis < dims.rank; ++axis) terms *= dims[axis];
    const double bound = std::sqrt(6 / terms);
    return {-bound, bound};
}

inline void fill_by_formula(
    std::string_view name, const lamina::shape& dims, std::span<float> out) {
    std::uint32_t seed = 2166136261u;
    for (const char c : name) seed = (seed ^ static_cast<unsigned char>(c)) * 16777619u;
    const formula_range range = range_of(name, dims);
    for (std::size_t i = 0; i < out.size(); ++i) {
        std::uint32_t x = static_cast<std::uint32_t>(i) * 2654435769u + seed;
        for (const std::uint32_t factor : {0x85ebca6bu, 0xc2b2ae35u}) x = (x ^ (x >> 16)) * factor;
        x ^= x >> 16;
        const double share = static_cast<double>(x >> 8) / 16777216.0;
        out[i] = static_cast<float>(range.low + (range.high - range.low) * share);
    }
}

/// A safetensors file in memory with all of a network's weights.
class formula_weights {
public:
    explicit formula_weights(const lamina::network& net) {
        std::string header = "{";
        std::size_t at = 0;
        for (const lamina::parameter& wanted : net.parameters) {
            const std::string name(wanted.at.view());
            std::string dims;
            for (int axis = 0; axis < wanted.dims.rank; ++axis)
                dims += (axis ? "," : "") + std::to_string(wanted.dims[axis]);
            const std::size_t bytes = static_cast<std::size_t>(wanted.dims.count()) * 4;
            header += (at ? ",\"" : "\"") + name + R"(":{"dtype":"F32","shape":[)" + dims
                + R"(],"data_offsets":[)" + std::to_string(at) + "," + std::to_string(at + bytes)
                + "]}";
            places_[name] = {at, bytes};
            at += bytes;
        }
        header += "}";
        header.resize((header.size() + 7) / 8 * 8, ' ');
        start_ = 8 + header.size();
        file_.resize(start_ + at);
        const std::uint64_t length = header.size();
        std::memcpy(file_.data(), &length, 8);
        std::memcpy(file_.data() + 8, header.data(), header.size());
        for (const lamina::parameter& wanted : net.parameters)
            fill_by_formula(wanted.at.view(), wanted.dims, values(wanted.at.view()));
    }

    /// For lamina::weights::from_bytes; this object must outlive what that makes.
    std::span<const std::byte> file() const { return file_; }

    /// For lamina::weights_lookup.
    std::span<float> values(std::string_view name) {
        const auto found = places_.find(name);
        if (found == places_.end()) return {};
        auto* first = reinterpret_cast<float*>(file_.data() + start_ + found->second.at);
        return {first, found->second.bytes / 4};
    }

private:
    struct place {
        std::size_t at, bytes;
    };
    std::map<std::string, place, std::less<>> places_;
    std::size_t start_ = 0;
    std::vector<std::byte> file_;
};

}  // namespace lamina_test
