// SPDX-License-Identifier: Apache-2.0
// One tensor of a weights file, as the readers (safetensors.hpp, wts.hpp) return it to weights.hpp.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/dtype.hpp>

namespace lamina {

/// A tensor in a weights file; the weights object owns name and bytes.
/// `bytes` may start at any address: copy elements out, never cast the pointer.
struct weight_view {
    std::string_view name;
    dtype type = dtype::f32;
    std::vector<std::int64_t> dims;
    std::span<const std::byte> bytes;
    bool shapeless = false;              ///< .wts has only a count; then dims == {count}
    std::string_view type_name = "F32";  ///< as the file spells it
};

namespace detail {

/// A reader's result. The views point into `names`, `values` and the file's own bytes; deques, because
/// their elements never move.
struct weight_table {
    std::deque<std::string> names, types;
    std::deque<std::vector<std::uint32_t>> values;  ///< .wts only: its numbers as float bits
    std::vector<weight_view> views;
};

}  // namespace detail
}  // namespace lamina
