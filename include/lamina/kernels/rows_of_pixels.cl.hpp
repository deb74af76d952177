// SPDX-License-Identifier: Apache-2.0
// Which pixel a row of the gpu class's convolutions is, as matrix products. Precedes the texts of conv2d_tiled and
// quads_tiled.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// Rows count pixels of the output, OH by OW an image; or, with POOLED, windows of 2x2 of them, four rows each.
//   SOURCE_OF(row), SOURCE_LINE_OF(row), SOURCE_PLACE_OF(row)   image, line and place in it that decide which inputs
//                                           a row reads
//   IMAGE_OF(row), LINE_OF(row), PLACE_OF(row)   those by which outputs are named: with PIXELS_BY_NUMBER or
//                                           OUTPUTS_BY_NUMBER the number of the pixel of all images alone
inline constexpr std::string_view rows_of_pixels_text = R"CLC(
#define SOURCE_OF(row) ((row) / (OW * OH))
#if POOLED
#define SOURCE_LINE_OF(row) ((row) / (OW * 2) % (OH / 2) * 2 + (row) / 2 % 2)
#define SOURCE_PLACE_OF(row) ((row) / 4 % (OW / 2) * 2 + (row) % 2)
#else
#define SOURCE_LINE_OF(row) ((row) / OW % OH)
#define SOURCE_PLACE_OF(row) ((row) % OW)
#endif
#if PIXELS_BY_NUMBER || OUTPUTS_BY_NUMBER
#define IMAGE_OF(row) 0u
#define LINE_OF(row) 0u
#define PLACE_OF(row) (row)
#else
#define IMAGE_OF(row) SOURCE_OF(row)
#define LINE_OF(row) SOURCE_LINE_OF(row)
#define PLACE_OF(row) SOURCE_PLACE_OF(row)
#endif
)CLC"sv;

}  // namespace lamina::kernels
