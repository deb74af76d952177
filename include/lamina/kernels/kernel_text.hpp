// SPDX-License-Identifier: Apache-2.0
// A kernel family as its own file defines it: FAMILY.cl.hpp ends with a FAMILY_kernel. kernels/texts.hpp
// lists them all.
#pragma once
#include <lamina/kernels/arguments.hpp>
#include <lamina/kernels/prelude.cl.hpp>
#include <lamina/kernels/text_names.hpp>

#include <array>
#include <string_view>

namespace lamina::kernels {

/// Parts of a text, which are joined at run time; empty ones follow the last.
using text_pieces = std::array<std::string_view, 10>;

struct kernel_text {
    std::string_view family;  ///< also the name of the __kernel function
    text_pieces pieces;       ///< of its OpenCL C
    text_pieces reach;        ///< of the addresses that it accesses (reach.hpp)
    /// What its pieces define, and the prelude; none: the kernel is never merged with others.
    const text_names* names[8] = {};
};

}  // namespace lamina::kernels
