// SPDX-License-Identifier: Apache-2.0
// The last part of the reach of families that may read any pixel of an image or volume, inside of it, for the vector
// of channels of PIXEL, and write that.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view any_pixel_reach = R"CLC(
#if VOLUME
REQUIRE(OD >= 1);
EACH(slice, 0, ID) EACH(row, 0, X_H) EACH(column, 0, X_W)
    LOADV(x, i0 / OD * X_V + slice * X_S0 + i1 * X_S1 + row * X_S2 + column * X_S3);
#else
EACH(row, 0, X_H) EACH(column, 0, X_W)
    LOADV(x, i0 * X_S0 + i1 * X_S1 + row * X_S2 + column * X_S3);
#endif
float v = 0;
APART(i1) { EPILOGUE(v, i0, i1, i2, i3) }
STOREV(y, AT_PIXEL, v);
)CLC"sv;

}  // namespace lamina::kernels
