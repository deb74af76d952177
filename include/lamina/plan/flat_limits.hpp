// SPDX-License-Identifier: Apache-2.0
// What the bytes of a FlatBuffer may make its verifier do.
#pragma once
#include <cstddef>
#include <cstdint>

namespace lamina::detail {

/// The most tables that so many bytes hold, `limit` at most: each takes 4 bytes itself and 4 where it is
/// named. More are one table that is named again and again, as no file of ours has it, and each name
/// would be followed: 69 KB stood for 16 million tables.
constexpr std::uint32_t most_tables(std::size_t bytes, std::uint32_t limit) {
    const std::size_t held = bytes / 8 + 1;
    return held < limit ? static_cast<std::uint32_t>(held) : limit;
}

/// Completes "has N bytes that ..." where the verifier refuses them.
inline constexpr const char* is_not_flat
    = "are not a valid FlatBuffer, or that name one table in many places";

}  // namespace lamina::detail
