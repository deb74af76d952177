// SPDX-License-Identifier: Apache-2.0
// The text before every kernel: the head of prelude.cl.hpp, then each function of graph/function.hpp.
#pragma once
#include <lamina/graph/function.hpp>
#include <lamina/kernels/join.hpp>
#include <lamina/kernels/prelude.cl.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace lamina::kernels {

namespace detail {

inline constexpr std::string_view functions_begin = "#if !INTS\n", functions_end = "#endif\n";

constexpr std::size_t functions_size() {
    std::size_t size = 0;
    for (const function_row& row : function_table) size += std::string_view(row.text).size();
    return size;
}
inline constexpr auto function_characters = [] {
    std::array<char, functions_size()> out{};
    std::size_t at = 0;
    for (const function_row& row : function_table)
        for (const char* c = row.text; *c; ++c) out[at++] = *c;
    return out;
}();
inline constexpr std::string_view function_texts{
    function_characters.data(), function_characters.size()};

}  // namespace detail

inline constexpr std::string_view prelude_text = joined<prelude_head_text, detail::functions_begin,
    detail::function_texts, detail::functions_end>;

/// Calls take(name) for each name that a function's text may define; for some twice.
template <class Take> void each_function_name(Take take) {
    for (const function_row& row : function_table)
        if (const std::string_view name(row.opencl); name.starts_with("f_")) take(name);
}

}  // namespace lamina::kernels
