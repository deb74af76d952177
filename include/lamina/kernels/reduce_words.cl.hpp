// SPDX-License-Identifier: Apache-2.0
// Shared by the reductions: what they start from, and how they take one more number or vector.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// KIND 0 mean, 1 sum, 2 max, 3 min, 4 product
//   START           the result of no elements
//   TAKE(into, v)   into = the result of into and v, floats or vectors of them; nothing is above or below a NaN
inline constexpr std::string_view reduce_words_text = R"CLC(
#if KIND == 2
#define START (-INFINITY)
#define TAKE(into, v) into = select(into, v, ((v) > (into)) | ((v) != (v)))
#elif KIND == 3
#define START INFINITY
#define TAKE(into, v) into = select(into, v, ((v) < (into)) | ((v) != (v)))
#elif KIND == 4
#define START 1.0f
#define TAKE(into, v) into *= (v)
#else
#define START 0.0f
#define TAKE(into, v) into += (v)
#endif
)CLC"sv;

inline constexpr text_names reduce_words_names{"", "START TAKE"};

}  // namespace lamina::kernels
