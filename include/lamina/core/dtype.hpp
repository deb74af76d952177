// SPDX-License-Identifier: Apache-2.0
// Element types of tensors and weights files. Every tensor of a network carries one.
#pragma once
#include <cstddef>
#include <string_view>

namespace lamina {

enum class dtype : unsigned char { f32, f16, bf16, f64, i8, u8, i32, i64, boolean };

inline constexpr int dtype_count = 9;

constexpr std::size_t size_bytes(dtype type) {
    constexpr std::size_t sizes[dtype_count] = {4, 2, 2, 8, 1, 1, 4, 8, 1};
    return sizes[static_cast<int>(type)];
}

constexpr std::string_view to_text(dtype type) {
    constexpr std::string_view names[dtype_count]
        = {"f32", "f16", "bf16", "f64", "i8", "u8", "i32", "i64", "boolean"};
    return names[static_cast<int>(type)];
}

} // namespace lamina
