// SPDX-License-Identifier: Apache-2.0
// A weights file of numbers that a test made.
#pragma once
#include <lamina/graph/network.hpp>

#include <cstddef>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace lamina_test {

using floats_by_name = std::map<std::string, std::vector<float>, std::less<>>;

/// The bytes of a .safetensors file with the parameters of a network, each of which has its values.
inline std::vector<std::byte> weights_file(
    const lamina::network& net, const floats_by_name& values) {
    std::string header = "{";
    std::size_t at = 0;
    for (const lamina::parameter& wanted : net.parameters) {
        if (wanted.is_given) continue;
        const std::string name(wanted.at.view());
        std::string dims;
        for (int axis = 0; axis < wanted.dims.rank; ++axis)
            dims += (axis ? "," : "") + std::to_string(wanted.dims[axis]);
        const std::size_t end = at + values.at(name).size() * sizeof(float);
        header += (header.size() > 1 ? ",\"" : "\"") + name + R"(":{"dtype":"F32","shape":[)" + dims
            + R"(],"data_offsets":[)" + std::to_string(at) + "," + std::to_string(end) + "]}";
        at = end;
    }
    header += "}";
    while (header.size() % 8) header += ' ';
    std::vector<std::byte> file(8 + header.size() + at);
    for (std::size_t i = 0; i < 8; ++i) file[i] = std::byte(header.size() >> (8 * i));
    std::memcpy(file.data() + 8, header.data(), header.size());
    std::byte* to = file.data() + 8 + header.size();
    for (const lamina::parameter& wanted : net.parameters) {
        if (wanted.is_given) continue;
        const std::vector<float>& from = values.at(std::string(wanted.at.view()));
        if (!from.empty()) std::memcpy(to, from.data(), from.size() * sizeof(float));
        to += from.size() * sizeof(float);
    }
    return file;
}

}  // namespace lamina_test
