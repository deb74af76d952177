// SPDX-License-Identifier: Apache-2.0
// Element types of tensors and weights files. Every tensor of a network carries one.
#pragma once
#include <cstddef>
#include <string_view>

namespace lamina {

/// Values of networks are f32 (stored as the plan's precision says), i32, i8, u8 or boolean (a byte, 0 or
/// 1). Types from i16 on occur only in weights files: no tensor of a network or plan has one, and a layer
/// that reads such weights is an error (LAM-20, LAM-R07).
enum class dtype : unsigned char {
    f32,
    f16,
    bf16,
    f64,
    i8,
    u8,
    i32,
    i64,
    boolean,
    i16,
    u16,
    u32,
    u64,
    c64,
    f8_e4m3,
    f8_e5m2,
    other,  ///< any other name
};

/// Bytes, as pictures have them: `net.input("image", u8, {1, 480, 640, 3})`.
inline constexpr dtype u8 = dtype::u8;

inline constexpr int dtype_count = 9;  ///< that networks and plans may have
inline constexpr int file_dtype_count = 17;

/// 0 for `other`.
constexpr std::size_t size_bytes(dtype type) {
    constexpr std::size_t sizes[file_dtype_count]
        = {4, 2, 2, 8, 1, 1, 4, 8, 1, 2, 2, 4, 8, 8, 1, 1, 0};
    return sizes[static_cast<int>(type)];
}

constexpr std::string_view to_text(dtype type) {
    constexpr std::string_view names[file_dtype_count]
        = {"f32", "f16", "bf16", "f64", "i8", "u8", "i32", "i64", "boolean", "i16", "u16", "u32",
            "u64", "c64", "f8_e4m3", "f8_e5m2", "of another type"};
    return names[static_cast<int>(type)];
}

/// True for the types whose numbers have fractions and that layers compute with: values of networks,
/// weights of files.
constexpr bool is_floating(dtype type) {
    return type == dtype::f32 || type == dtype::f16 || type == dtype::bf16 || type == dtype::f64;
}

/// True for the types of whole numbers that tensors of a network have: indices, bytes, truth values.
constexpr bool is_integer(dtype type) {
    return type == dtype::i32 || type == dtype::i8 || type == dtype::u8 || type == dtype::boolean;
}

/// True for the types of 16 bits that plans store floats as.
constexpr bool is_narrow(dtype type) { return type == dtype::f16 || type == dtype::bf16; }

/// The largest finite number of a floating type that plans store.
constexpr double largest_number(dtype type) {
    return type == dtype::f16 ? 65504.0
        : type == dtype::bf16 ? 3.3895313892515355e38
                              : 3.4028234663852886e38;
}

}  // namespace lamina
