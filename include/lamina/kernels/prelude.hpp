// SPDX-License-Identifier: Apache-2.0
// The text before every kernel: the head of prelude.cl.hpp, tf32.cl.hpp, quantized.cl.hpp, then each function of
// graph/function.hpp.
#pragma once
#include <lamina/graph/function.hpp>
#include <lamina/kernels/join.hpp>
#include <lamina/kernels/prelude.cl.hpp>
#include <lamina/kernels/quantized.cl.hpp>
#include <lamina/kernels/tf32.cl.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace lamina::kernels {

/// Stays as long as the program.
inline std::string_view prelude_text() {
    static const std::string text = [] {
        std::vector<std::string_view> pieces{prelude_head_text, tf32_text, quantized_text};
        for (const function_row& row : function_table)
            if (row.traits.on_ints) pieces.push_back(row.text);
        pieces.push_back("#if !INTS\n");
        for (const function_row& row : function_table)
            if (!row.traits.on_ints) pieces.push_back(row.text);
        pieces.push_back("#endif\n");
        return join(pieces);
    }();
    return text;
}

/// Calls take(name) for each name that a function's text may define; for some twice.
template <class Take> void each_function_name(Take take) {
    for (const function_row& row : function_table)
        if (const std::string_view name(row.opencl); name.starts_with("f_")) take(name);
}

}  // namespace lamina::kernels
