// SPDX-License-Identifier: Apache-2.0
// Safetensors files made in memory, for tests of the run side.
#pragma once
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <lamina/runtime/weights.hpp>

namespace lamina_test {

/// Collects tensors, then gives the bytes of a file. They must outlive the weights.
struct hand_weights {
    std::string header = "{", data;

    template <class Number>
    hand_weights& add(const std::string& name, const char* type, std::vector<int> dims,
        const std::vector<Number>& values) {
        std::string list;
        for (int extent : dims) list += (list.empty() ? "" : ",") + std::to_string(extent);
        const std::size_t begin = data.size(), bytes = values.size() * sizeof(Number);
        data.append(reinterpret_cast<const char*>(values.data()), bytes);
        header += (header.size() > 1 ? ",\"" : "\"") + name + "\":{\"dtype\":\"" + type
            + "\",\"shape\":[" + list + "],\"data_offsets\":[" + std::to_string(begin) + ","
            + std::to_string(data.size()) + "]}";
        return *this;
    }
    hand_weights& add(
        const std::string& name, std::vector<int> dims, const std::vector<float>& values) {
        return add(name, "F32", std::move(dims), values);
    }

    /// The file. Call once.
    std::span<const std::byte> bytes() {
        const std::string head = header + "}";
        std::uint64_t length = head.size();
        file_.assign(reinterpret_cast<const char*>(&length), 8);
        file_ += head + data;
        return std::as_bytes(std::span(file_));
    }
    /// Call once.
    lamina::weights open() { return lamina::weights::from_bytes(bytes(), "net.safetensors"); }

private:
    std::string file_;
};

}  // namespace lamina_test
