// SPDX-License-Identifier: Apache-2.0
// Weights files made in memory, whole and damaged, and what comes of reading them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/runtime/weights.hpp>

namespace lamina_test {

/// A safetensors file of this header and as many bytes of tensors (0, 1, 2, ...).
inline std::vector<std::byte> safetensors(std::string_view header, std::size_t data_bytes) {
    std::vector<std::byte> file;
    for (int i = 0; i < 8; ++i) file.push_back(std::byte(header.size() >> (8 * i)));
    for (char c : header) file.push_back(std::byte(c));
    for (std::size_t i = 0; i < data_bytes; ++i) file.push_back(std::byte(i));
    return file;
}

/// For networks without weights.
inline lamina::weights no_weights() {
    static const std::vector<std::byte> file = safetensors("{}", 0);
    return lamina::weights::from_bytes(file, "none");
}

/// Two tensors and notes, as exporters write them.
inline std::vector<std::byte> good_safetensors() {
    return safetensors(R"({"__metadata__":{"format":"pt"},)"
                       R"("conv1.weight":{"dtype":"F32","shape":[2,3,1,1],"data_offsets":[0,24]},)"
                       R"("bn1.bias":{"dtype":"F16","shape":[4],"data_offsets":[24,32]}} )",
        32);
}

struct outcome {
    std::optional<lamina::errc> code;  ///< nothing when it loaded
    std::string sentence;
    unsigned sum = 0;  ///< of every byte of every tensor, so that a wild view is touched
};

/// Reads the bytes; anything but success and lamina::error escapes and fails the test.
inline outcome read_weights(std::span<const std::byte> bytes, std::string_view label) {
    // An exact copy on the heap: one byte too far is then an AddressSanitizer report.
    const std::vector<std::byte> copy(bytes.begin(), bytes.end());
    outcome result;
    try {
        const auto opened = lamina::weights::from_bytes(copy, label);
        for (const lamina::weight_view& tensor : opened.all())
            for (std::byte value : tensor.bytes) result.sum += std::to_integer<unsigned>(value);
    } catch (const lamina::error& fault) {
        result.code = fault.code();
        result.sentence = fault.what();
    }
    return result;
}

}  // namespace lamina_test
