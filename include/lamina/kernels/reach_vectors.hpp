// SPDX-License-Identifier: Apache-2.0
// How far families on blocks of channels and on vectors of 16 floats reach. Part of reach.hpp, which
// says how to read it.
#pragma once
#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view conv2d_blocked_reach = R"CLC(
#if IN_FLOAT
#define PICTURE(x) VECTOR(x)
#else
#define PICTURE(x) IN(x)
#endif
#if BIAS
#define BIAS_ARG , VECTOR(b)
#else
#define BIAS_ARG
#endif
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
ARGS PICTURE(x), WEIGHTS(w) BIAS_ARG, OUT(y) EPILOGUE_ARGS
REQUIRE(TW >= 1 && OB >= 1 && DH >= 1 && DW >= 1 && SW >= 1 && SH >= 1 && OW >= TW);
const int tile = get_group_id(0), oh = get_group_id(1), z = get_group_id(2);
const int items = get_num_groups(0) * get_num_groups(1) * get_num_groups(2);
const int first = tile * TW;
const int ow = min(first, OW - TW);
const int group = z / INNER;
const int n = group / (OCB / OB) + z % INNER;
const int ob = group % (OCB / OB) * OB;
const int place = ob / OCB_GROUP * ICB;
EACH(o, 0, OB) {
#if BIAS
    LOADF(b, (ob + o) * VW);
#endif
    EACH(tap, 0, ICB * KH * KW) EACH(i, 0, VW) LOADV(w, (ob + o) * WS_O + (tap * VW + i) * VW);
    EACH(p, 0, TW) {
        float v = 0;
        const int block = ob + o;
        APART(block) { EPILOGUE(v, n, block, oh, (ow + p)) }
        STOREV(y, n * YS_N + (ob + o) * YS_C + oh * YS_H + (ow + p) * VW, v);
    }
}
ARRAY(strip, STRIP);
EACH(p, 0, TW) EACH(kw, 0, KW) READ(strip, p * SW + kw * DW, 1);
#if !COPIES
REQUIRE(KH == 1 && KW == 1);
EACH(ib, 0, ICB) EACH(p, 0, TW)
    READ(x, n * XS_N + (place + ib) * XS_C + (oh * SH - PT) * XS_H + (ow * SW - PL) * XS_W
        + p * (SW * VW), IC ? min(VW, max(IC, 1)) : VW);
#elif ROWS
REQUIRE(IC >= 1 && IC <= VW && ICB == 1);
EACH(c, 0, IC) EACH(row, 0, IH) EACH(column, 0, IW)
    READ(x, n * XS_N + place * XS_C + c * XS_C + row * XS_H + column * XS_W, 1);
#else
REQUIRE(XS_W == VW);
EACH(ib, 0, ICB) EACH(row, 0, IH) EACH(column, 0, IW)
    LOADV(x, n * XS_N + (place + ib) * XS_C + row * XS_H + column * VW);
#endif
)CLC";

inline constexpr std::string_view depthwise_blocked_reach = R"CLC(
#if BIAS
#define BIAS_ARG , VECTOR(b)
#else
#define BIAS_ARG
#endif
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
#define TALL ((KH - 1) * DH + 1)
ARGS IN(x), WEIGHTS(w) BIAS_ARG, OUT(y) EPILOGUE_ARGS
REQUIRE(TW >= 1 && TH >= 1 && UNIT >= 1 && TW % UNIT == 0 && OW >= TW && G >= 1 && CB >= 1);
REQUIRE(SH >= 1 && SW >= 1 && DH >= 1 && DW >= 1);
const int ow = min((int)get_global_id(0) * TW, OW - TW), oh = get_global_id(1) * TH;
const int n = get_global_id(2) / CB, c = get_global_id(2) % CB;
const int ih = oh * SH - PT, iw = ow * SW - PL;
#if BIAS
LOADF(b, c * VW);
#endif
EACH(tap, 0, KH * KW * G) LOADV(w, c * (KH * KW * G * VW) + tap * VW);
EACH(row, 0, IH) EACH(column, 0, IW) LOADV(x, n * XS_N + c * XS_C + row * XS_H + column * VW);
ARRAY(patch, ((TH - 1) * SH + TALL) * STRIP * G);
EACH(r, 0, TH) EACH(kh, 0, KH) EACH(p, 0, TW) EACH(kw, 0, KW) EACH(g, 0, G)
    READ(patch, (r * SH + kh * DH) * STRIP * G + (p * SW + kw * DW) * G + g, 1);
EACH(row, 0, OH) EACH(p, 0, TW) {
    float v = 0;
    APART(c) { EPILOGUE(v, n, c, row, (ow + p)) }
    STOREV(y, n * YS_N + c * YS_C + row * YS_H + (ow + p) * VW, v);
}
)CLC";

inline constexpr std::string_view linear_blocked_reach = R"CLC(
#if BIAS
#define BIAS_ARG , VECTOR(b)
#else
#define BIAS_ARG
#endif
ARGS IN(x), WEIGHTS(w) BIAS_ARG, OUT(y) EPILOGUE_ARGS
REQUIRE(VW == 16 && OB >= 1 && CP >= 1 && TR >= 1 && RB >= TR && RB % TR == 0 && R >= TR);
REQUIRE(KC >= 16 && KC % 16 == 0 && TAIL == COLUMNS % 16);
const int last_row = (get_global_id(0) + 1) * RB, last_panel = get_global_id(1) * CP + CP;
EACH(panel, 0, PANELS) EACH(k, 0, K * OB) LOADV(w, (size_t)panel * K * (16 * OB) + k * 16);
#if BIAS
EACH(block, 0, PANELS * OB) READ(b, block * 16, 16);
#endif
EACH(row, 0, R) {
    READ(x, row * XS_R, K);
    EACH(block, 0, (COLUMNS + 15) / 16) APART(block) {
        const int column = block * 16;
        float v = 0;
        EPILOGUE(v, row, column)
        WRITE(y, row * YS_R + column, min(16, COLUMNS - column));
    }
}
)CLC";

inline constexpr std::string_view matmul_blocked_reach = R"CLC(
ARGS IN(a), IN(b), OUT(y) EPILOGUE_ARGS
REQUIRE(VW == 16 && OB >= 1 && CP >= 1 && TR >= 1 && RB >= TR && RB % TR == 0 && M >= TR);
REQUIRE(KC >= 16 && KC % 16 == 0 && TAIL == COLUMNS % 16);
#if A_WAY == 0
REQUIRE(K < 16 || A_SUM == 1);
#elif A_WAY == 1
REQUIRE(M < 16 || A_ROW == 1);
#endif
#if B_WAY == 0
REQUIRE(K < 16 || B_SUM == 1);
#elif B_WAY == 1
REQUIRE(COLUMNS < 16 || B_COLUMN == 1);
#endif
const int batch = get_global_id(2);
int rest = batch;
const int i3 = rest % L_3;
rest /= L_3;
const int i2 = rest % L_2;
rest /= L_2;
const int i1 = rest % L_1, i0 = rest / L_1;
const int last_row = (get_global_id(0) + 1) * RB, last_panel = get_global_id(1) * CP + CP;
EACH(row, 0, M) EACH(k, 0, K)
    READ(a, i0 * A_S0 + i1 * A_S1 + i2 * A_S2 + i3 * A_S3 + row * A_ROW + k * A_SUM, 1);
EACH(column, 0, COLUMNS) EACH(k, 0, K)
    READ(b, i0 * B_S0 + i1 * B_S1 + i2 * B_S2 + i3 * B_S3 + k * B_SUM + column * B_COLUMN, 1);
EACH(row, 0, M) EACH(block, 0, (COLUMNS + 15) / 16) APART(block) {
    const int column = block * 16;
    float v = 0;
    EPILOGUE(v, (batch * M + row), column)
    WRITE(y, i0 * Y_S0 + i1 * Y_S1 + i2 * Y_S2 + i3 * Y_S3 + row * Y_ROW + column,
        min(16, COLUMNS - column));
}
)CLC";

inline constexpr std::string_view norm_rows_reach = R"CLC(
#if SCALE
#define SCALE_ARG , VECTOR(w)
#else
#define SCALE_ARG
#endif
#if BIAS
#define BIAS_ARG , VECTOR(b)
#else
#define BIAS_ARG
#endif
ARGS IN(x) SCALE_ARG BIAS_ARG, OUT(y) EPILOGUE_ARGS
REQUIRE(VW == 16 && ROWS >= 1 && TAIL == COLUMNS % 16);
const int last_row = get_global_id(0) * ROWS + ROWS;
#if SCALE
READ(w, 0, COLUMNS);
#endif
#if BIAS
READ(b, 0, COLUMNS);
#endif
EACH(row, 0, R) {
    READ(x, row * XS_R, COLUMNS);
    EACH(block, 0, (COLUMNS + 15) / 16) APART(block) {
        const int column = block * 16;
        float v = 0;
        EPILOGUE(v, row, column)
        WRITE(y, row * YS_R + column, min(16, COLUMNS - column));
    }
}
)CLC";

inline constexpr std::string_view pool_blocked_reach = R"CLC(
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
ARGS IN(x), OUT(y) EPILOGUE_ARGS
REQUIRE(TW >= 1 && TH >= 1 && OW >= TW && CB >= 1 && DH >= 1 && DW >= 1 && SW >= 1 && SH >= 1);
const int ow = min((int)get_global_id(0) * TW, OW - TW);
const int n = get_global_id(2) / CB, c = get_global_id(2) % CB;
const int first = get_global_id(1) * TH;
const int iw = ow * SW - PL, ih = first * SH - PT;
ARRAY(strip, STRIP);
EACH(p, 0, TW) EACH(kw, 0, KW) READ(strip, p * SW + kw * DW, 1);
READ(strip, (TW - 1) * SW, 1);
EACH(row, 0, IH) EACH(column, 0, IW) LOADV(x, n * XS_N + c * XS_C + row * XS_H + column * VW);
EACH(oh, 0, OH) EACH(p, 0, TW) {
    float v = 0;
    APART(c) { EPILOGUE(v, n, c, oh, (ow + p)) }
    STOREV(y, n * YS_N + c * YS_C + oh * YS_H + (ow + p) * VW, v);
}
)CLC";

inline constexpr std::string_view reduce_lanes_reach = R"CLC(
ARGS IN(x), OUT(y)
REQUIRE(VW == 16);
ELEMENT
#if ALONG
READ(x, AT_x(i0, i1, i2, i3, i4, i5), COUNT);
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), 0);
#else
#define LINE(back)                                                        \
    EACH(k, 0, COUNT) {                                                   \
        INNER(k)                                                          \
        LOADV(x, AT_x(j0, j1, j2, j3, j4, j5) - (back));                  \
    }                                                                     \
    STOREV(y, AT_y(i0, i1, i2, i3, i4, i5) - (back), 0);
if (COLUMN < WIDTH / 16) {
    LINE(0)
} else {
    const int back = max(0, COLUMN * 16 + 16 - WIDTH);
    LINE(back)
}
#endif
)CLC";

inline constexpr std::string_view softmax_lanes_reach = R"CLC(
ARGS IN(x), OUT(y)
REQUIRE(VW == 16);
ELEMENT
#if ALONG
#if SHORT
REQUIRE(COUNT <= 16);
#else
REQUIRE(COUNT >= 16);
#endif
READ(x, LINE_x(0), COUNT);
WRITE(y, LINE_y(0), COUNT);
#else
#define LINES(back)                          \
    EACH(k, 0, COUNT) {                      \
        LOADV(x, LINE_x(k) - (back));        \
        STOREV(y, LINE_y(k) - (back), 0);    \
    }
if (COLUMN < WIDTH / 16) {
    LINES(0)
} else {
    const int back = max(0, COLUMN * 16 + 16 - WIDTH);
    LINES(back)
}
#endif
)CLC";

}  // namespace lamina::kernels
