// SPDX-License-Identifier: Apache-2.0
// Every network of the zoo by its name, defined while the program runs: for programs that try them all.
// networks.cpp has the list.
#pragma once
#include "changing.hpp"

#include <lamina/define.hpp>

#include <span>
#include <string_view>

namespace zoo {

struct entry {
    const char* name;
    /// Defines it for the given dims of its first input, or for its usual ones (null).
    void (*define)(lamina::network& net, const lamina::shape* dims);
};

/// All of them, in the order of README.md.
std::span<const entry> networks();

/// Null if there is none of that name.
const entry* find(std::string_view name);

/// The network, checked. Its problems are left to the caller (network::problems).
lamina::network defined(const entry& of, const lamina::shape* dims = nullptr);

/// What may change of its first input, with small ranges: for programs that try shapes. The batch of all; the
/// sides of pictures unless a layer's weights or a table belong to one size; the length of texts.
changes small_changes(const entry& of);

}  // namespace zoo
