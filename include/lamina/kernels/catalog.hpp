// SPDX-License-Identifier: Apache-2.0
// All kernel families by name: the list in which the runtime looks up texts.
#pragma once
#include <lamina/kernels/join.hpp>
#include <lamina/kernels/prelude.hpp>
#include <lamina/kernels/texts.hpp>

#include <string_view>

namespace lamina::kernels {

/// A family's entry; nullptr if there is none of that name.
constexpr const kernel_text* find_kernel(std::string_view family) {
    for (const kernel_text& entry : catalog)
        if (entry.family == family) return &entry;
    return nullptr;
}

/// Text of a family, which stays as long as the program; empty if there is none of that name.
inline std::string_view find_text(std::string_view family) {
    static const joined_texts texts(catalog, &kernel_text::pieces);
    return texts.find(family);
}

}  // namespace lamina::kernels
