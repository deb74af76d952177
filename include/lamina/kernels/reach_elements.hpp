// SPDX-License-Identifier: Apache-2.0
// How far families that go element by element, line by line or pixel by pixel reach. Part of
// reach.hpp, which says how to read it.
#pragma once
#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view argmax_reach = R"CLC(
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
LOAD1(x, LINE_x(0));
EACH(k, 0, COUNT) LOAD1(x, LINE_x(k));
WRITE(y, AT_y(i0, i1, i2, i3, i4, i5), 1);
)CLC";

inline constexpr std::string_view attention_reach = R"CLC(
#ifndef BY_TILES
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
REQUIRE(KEYS >= 1 && WIDTH >= 1);
EACH(d, 0, DEPTH) {
    LOAD1(q, QUERY_AT(d));
    EACH(s, 0, LENGTH) LOAD1(k, KEY_AT(s, d));
}
EACH(s, 0, LENGTH) {
#if MASK
    LOAD1(mask, MASK_AT(s));
#endif
    EACH(column, 0, WIDTH) LOAD1(v, VALUE_AT(s, column));
}
EACH(column, 0, WIDTH) STORE1(y, LINE_y(column), 0);
#endif
)CLC";

inline constexpr std::string_view conv_any_reach = R"CLC(
#if PIXELS
PIXEL
const int o = FIRST_CHANNEL;
#else
ELEMENT
const int o = i1;
#endif
float v = 0;
#if BIAS
LOADF(b, o);
#endif
#if GROUPED
const int first = o / OG * CG;
#else
const int first = 0;
#endif
REQUIRE(STRIDE_H >= 1 && STRIDE_W >= 1);
const int top = i2 * STRIDE_H - PAD_TOP + (KH - 1) * DILATION_H;
const int left = i3 * STRIDE_W - PAD_LEFT + (KW - 1) * DILATION_W;
EACH(tap, 0, KH * KW) EACH(c, 0, CG)
    LOADV(w, (size_t)(o / VW) * (KH * KW * CG * VW) + (tap * CG + c) * VW);
EACH(row, 0, X_H) EACH(column, 0, X_W)
#if DEPTHWISE
    LOADV(x, AT_x(i0, o, row, column, 0, 0));
#else
    EACH(c, 0, CG) READ(x, AT_x(i0, (first + c), row, column, 0, 0), 1);
#endif
#if PIXELS
APART(i1) { EPILOGUE(v, i0, i1, i2, i3) }
STOREV(y, AT_PIXEL, v);
#else
EPILOGUE(v, i0, i1, i2, i3, i4, i5)
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
#endif
)CLC";

inline constexpr std::string_view embedding_reach = R"CLC(
ELEMENT
READ(x, AT_x(i0, i1, i2, i3, i4, i5), 1);
EACH(row, 0, ROWS) LOAD1(w, (size_t)row * WIDTH + COLUMN);
float v = 0;
EPILOGUE(v, i0, i1, i2, i3, i4, i5)
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
)CLC";

inline constexpr std::string_view flip_reach = R"CLC(
ELEMENT
LOAD1(x, AT_x(FROM0(i0), FROM1(i1), FROM2(i2), FROM3(i3), FROM4(i4), FROM5(i5)));
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), 0);
)CLC";

inline constexpr std::string_view matmul_reach = R"CLC(
ELEMENT
EACH(k, 0, K) {
    LOAD1(a, i0 * A0 + i1 * A1 + i2 * A2 + i3 * A3 + i4 * A4 + i5 * A5 + k * AK);
    LOAD1(b, i0 * B0 + i1 * B1 + i2 * B2 + i3 * B3 + i4 * B4 + i5 * B5 + k * BK);
}
float v = 0;
#if BIAS
READ(c, COLUMN, 1);
#endif
EPILOGUE(v, i0, i1, i2, i3, i4, i5)
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
)CLC";

inline constexpr std::string_view norm_reach = R"CLC(
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
EACH(k, 0, COUNT) {
    INNER(k)
    const int slot = SLOT;
    LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5));
#if SCALE
    READ(w, slot, 1);
#endif
#if BIAS
    READ(b, slot, 1);
#endif
    float v = 0;
    EPILOGUE(v, j0, j1, j2, j3, j4, j5)
    STORE1(y, AT_y(j0, j1, j2, j3, j4, j5), v);
}
#ifdef PADS
EACH(k, 0, PAD_COUNT) {
    PADS(k)
    STORE1(y, AT_y(j0, j1, j2, j3, j4, j5), 0);
}
#endif
)CLC";

inline constexpr std::string_view pad_reach = R"CLC(
ELEMENT
int j0 = i0 - BEFORE0, j1 = i1 - BEFORE1, j2 = i2 - BEFORE2;
int j3 = i3 - BEFORE3, j4 = i4 - BEFORE4, j5 = i5 - BEFORE5;
#if KIND == 0
if (j0 >= 0 && j0 < X_N0 && j1 >= 0 && j1 < X_N1 && j2 >= 0 && j2 < X_N2 && j3 >= 0
    && j3 < X_N3 && j4 >= 0 && j4 < X_N4 && j5 >= 0 && j5 < X_N5)
    LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5));
#else
#if KIND == 1
#define SOURCE(j, n) j = j < 0 ? -j : j; j = j >= n ? 2 * (n - 1) - j : j;
#else
#define SOURCE(j, n) j = clamp(j, 0, n - 1);
#endif
SOURCE(j0, X_N0)
SOURCE(j1, X_N1)
SOURCE(j2, X_N2)
SOURCE(j3, X_N3)
SOURCE(j4, X_N4)
SOURCE(j5, X_N5)
LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5));
#endif
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), 0);
)CLC";

inline constexpr std::string_view pointwise_reach = R"CLC(
float v = 0;
#if ELEMENTS
ELEMENT
EPILOGUE(v, i0, i1, i2, i3, i4, i5)
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
#else
int rest = get_global_id(2);
const int i3 = rest % D3;
rest /= D3;
const int i2 = rest % D2;
rest /= D2;
const int i1 = rest % D1;
const int i0 = rest / D1;
if (i0 >= D0)
    return;
REQUIRE(RUN >= 1);
#if ALONG == 4
const int i5 = get_global_id(0) * VW;
if (i5 >= D5)
    return;
const int first = get_global_id(1) * RUN;
EACH(i4, first, min(first + RUN, D4)) {
#else
const int i4 = get_global_id(1);
if (i4 >= D4)
    return;
const int first = get_global_id(0) * RUN * VW;
EACH(step, 0, (min(first + RUN * VW, D5) + VW - 1) / VW) {
    const int i5 = step * VW;
#endif
#ifdef VALID
    APART(i0) APART(i1) APART(i2) APART(i3) APART(i4)
#endif
    {
    const int from = i0 * Y0 + i1 * Y1 + i2 * Y2 + i3 * Y3;
    EPILOGUE(v, i0, i1, i2, i3, i4, i5)
#if SCATTERS
#ifdef VALID
    const int stored = min(VW, VALID);
#else
    const int stored = VW;
#endif
    EACH(lane, 0, stored) STORE1(y, from + i4 * Y4 + lane * Y5, v);
#else
    STOREV(y, from + i4 * Y4 + i5 * Y5, v);
#endif
    }
}
#endif
)CLC";

inline constexpr std::string_view pool_reach = R"CLC(
PIXEL
#if SPLIT > 1
REQUIRE(get_local_id(1) < SPLIT && get_local_id(0) < SPLIT_LANES);
#endif
#if ADAPTIVE
REQUIRE(P_H >= 1 && P_W >= 1);
const int bottom = (i2 + 1) * X_H + P_H - 1, right = (i3 + 1) * X_W + P_W - 1;
REQUIRE(i2 < P_H && i3 < P_W);
#else
REQUIRE(DILATION_H >= 1 && DILATION_W >= 1);
const int top = i2 * STRIDE_H - PAD_TOP, left = i3 * STRIDE_W - PAD_LEFT;
#endif
EACH(row, 0, X_H) EACH(column, 0, X_W)
    LOADV(x, i0 * X_S0 + i1 * X_S1 + row * X_S2 + column * X_S3);
float v = 0;
APART(i1) { EPILOGUE(v, i0, i1, i2, i3) }
STOREV(y, AT_PIXEL, v);
)CLC";

inline constexpr std::string_view pool_index_reach = R"CLC(
ELEMENT
EACH(row, 0, X_H) EACH(column, 0, X_W) LOAD1(x, AT_x(i0, i1, row, column, 0, 0));
WRITE(y, AT_y(i0, i1, i2, i3, i4, i5), 1);
)CLC";

inline constexpr std::string_view reduce_reach = R"CLC(
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
EACH(k, 0, COUNT) {
    INNER(k)
    LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5));
}
float v = 0;
EPILOGUE(v, i0, i1, i2, i3, i4, i5)
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
)CLC";

// Both kinds of resize keep every row and column inside of the image.
inline constexpr std::string_view resize_reach = R"CLC(
PIXEL
REQUIRE(X_H >= 1 && X_W >= 1 && WHOLE(STEP_H, P_H) && WHOLE(STEP_W, P_W));
EACH(row, 0, X_H) EACH(column, 0, X_W)
    LOADV(x, i0 * X_S0 + i1 * X_S1 + row * X_S2 + column * X_S3);
float v = 0;
APART(i1) { EPILOGUE(v, i0, i1, i2, i3) }
STOREV(y, AT_PIXEL, v);
)CLC";

inline constexpr std::string_view resize_taps_reach = R"CLC(
PIXEL
REQUIRE(X_H >= 1 && X_W >= 1);
REQUIRE(UNIT_H_HIGH > 0 || (UNIT_H_HIGH == 0 && UNIT_H_LOW != 0));
REQUIRE(UNIT_W_HIGH > 0 || (UNIT_W_HIGH == 0 && UNIT_W_LOW != 0));
#if FEW
REQUIRE(TAPS_W >= 1 && TAPS_W <= 64);
#endif
EACH(row, 0, X_H) EACH(column, 0, X_W)
    LOADV(x, i0 * X_S0 + i1 * X_S1 + row * X_S2 + column * X_S3);
float v = 0;
APART(i1) { EPILOGUE(v, i0, i1, i2, i3) }
STOREV(y, AT_PIXEL, v);
)CLC";

inline constexpr std::string_view softmax_reach = R"CLC(
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
EACH(k, 0, COUNT) {
    LOAD1(x, LINE_x(k));
    STORE1(y, LINE_y(k), 0);
}
)CLC";

inline constexpr std::string_view topk_reach = R"CLC(
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
EACH(k, 0, COUNT) LOAD1(x, LINE_x(k));
EACH(k, 0, K) {
    STORE1(y, LINE_y(k), 0);
    WRITE(at, LINE_at(k), 1);
}
)CLC";

inline constexpr std::string_view unpool_reach = R"CLC(
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
REQUIRE(Y_H >= 1 && Y_W >= 1 && P_W >= 1);
EACH(row, 0, Y_H) EACH(column, 0, Y_W) STORE1(y, AT_y(i0, i1, row, column, 0, 0), 0);
EACH(row, 0, (COUNT + P_W - 1) / P_W) EACH(column, 0, P_W) {
    READ(at, AT_at(i0, i1, row, column, 0, 0), 1);
    LOAD1(x, AT_x(i0, i1, row, column, 0, 0));
}
)CLC";

}  // namespace lamina::kernels
