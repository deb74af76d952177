// SPDX-License-Identifier: Apache-2.0
// A number in memory of a device, by its type.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <lamina/core/dtype.hpp>
#include <lamina/runtime/half.hpp>

namespace lamina::detail {

inline double number_at(const std::byte* from, dtype type) {
    const auto as = [from](auto value) {
        std::memcpy(&value, from, sizeof value);
        return value;
    };
    switch (type) {
    case dtype::f32:
        return static_cast<double>(as(float{}));
    case dtype::f16:
        return static_cast<double>(from_half(as(std::uint16_t{})));
    case dtype::bf16:
        return static_cast<double>(from_bfloat(as(std::uint16_t{})));
    case dtype::f64:
        return as(double{});
    case dtype::i32:
        return as(std::int32_t{});
    case dtype::i64:
        return static_cast<double>(as(std::int64_t{}));
    case dtype::i8:
        return as(std::int8_t{});
    default:
        return as(std::uint8_t{});
    }
}

}  // namespace lamina::detail
