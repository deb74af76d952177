// SPDX-License-Identifier: Apache-2.0
// Numbers for the inputs and weights of layers that are timed on their own.
#pragma once
#include <lamina/define.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace bench {

/// Any numbers will do, as long as they differ: constants run faster on some devices.
inline std::vector<float> numbers(std::size_t count, float low, float high) {
    std::vector<float> out(count);
    std::uint32_t state = 1;
    for (float& v : out) {
        state = state * 1664525u + 1013904223u;
        v = low + (high - low) * static_cast<float>(state >> 8) / 16777216.0f;
    }
    return out;
}

/// A safetensors file in memory with numbers for all parameters. With a gain sums over many weights keep the
/// size of what they add up, times its root (2 behind a relu).
inline std::vector<std::byte> make_weights(const lamina::network& net, float gain = 0) {
    std::string header = "{";
    std::vector<float> values;
    for (const lamina::parameter& p : net.parameters) {
        const std::string name(p.at.view());
        const auto count = static_cast<std::size_t>(p.dims.count());
        std::string dims;
        for (int axis = 0; axis < p.dims.rank; ++axis)
            dims += (axis ? "," : "") + std::to_string(p.dims[axis]);
        header += (values.empty() ? "\"" : ",\"") + name + R"(":{"dtype":"F32","shape":[)" + dims
            + R"(],"data_offsets":[)" + std::to_string(values.size() * 4) + ","
            + std::to_string((values.size() + count) * 4) + "]}";
        const bool variance = name.ends_with("running_var");
        float bound = 0.1f;
        if (gain > 0 && p.dims.rank > 1)
            bound = std::sqrt(3 * gain * static_cast<float>(p.dims[0]) / static_cast<float>(count));
        const std::vector<float> drawn
            = numbers(count, variance ? 0.5f : -bound, variance ? 2 : bound);
        values.insert(values.end(), drawn.begin(), drawn.end());
    }
    header += "}";
    while (header.size() % 8) header += ' ';
    std::vector<std::byte> file(8 + header.size() + values.size() * 4);
    for (std::size_t i = 0; i < 8; ++i) file[i] = std::byte(header.size() >> (8 * i));
    std::memcpy(file.data() + 8, header.data(), header.size());
    std::memcpy(file.data() + 8 + header.size(), values.data(), values.size() * 4);
    return file;
}

}  // namespace bench
