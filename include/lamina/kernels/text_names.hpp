// SPDX-License-Identifier: Apache-2.0
// What a kernel's text defines outside of its kernel: what runtime/merge_steps.hpp must know to let
// texts stand beside each other in one program.
#pragma once
#include <string_view>

namespace lamina::kernels {

// Texts are literals with sv: a std::string_view of a plain literal counts its letters while it compiles,
// which for all texts takes g++ 130 MB.
using namespace std::string_view_literals;

/// Names with a space between them. A test compares them with the text.
struct text_names {
    std::string_view functions;  ///< and types: each kernel of a program has its own of that name
    std::string_view macros;     ///< undefined behind the kernel
};

}  // namespace lamina::kernels
