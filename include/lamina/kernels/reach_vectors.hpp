// SPDX-License-Identifier: Apache-2.0
// How far families on vectors of 16 floats reach. Part of reach.hpp, which says how to read it.
#pragma once
#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view attention_blocked_reach = R"CLC(
REQUIRE(VW == 16 && QV >= 1 && QV <= 8 && TK >= 1 && TK <= 64 && TE >= 1 && WIDTH % TE == 0);
REQUIRE(BLOCK >= 1 && BLOCK <= KEYS && KEYS <= 1024 && QUERIES >= 1);
REQUIRE(DEPTH >= 1 && DEPTH <= 512 && WIDTH >= 1 && WIDTH <= 512);
const int last_query = get_global_id(0) * (16 * QV) + 16 * QV;
int rest = get_global_id(1);
const int i3 = rest % L_3;
rest /= L_3;
const int i2 = rest % L_2;
rest /= L_2;
const int i1 = rest % L_1, i0 = rest / L_1;
EACH(row, 0, QUERIES) {
#if TURNS
    READ(q, i0 * Q_S0 + i1 * Q_S1 + i2 * Q_S2 + i3 * Q_S3 + row * Q_ROW, DEPTH);
#endif
    EACH(d, 0, DEPTH)
        READ(q, i0 * Q_S0 + i1 * Q_S1 + i2 * Q_S2 + i3 * Q_S3 + row * Q_ROW + d * Q_COLUMN, 1);
#if TURNS_OUT
    WRITE(y, i0 * Y_S0 + i1 * Y_S1 + i2 * Y_S2 + i3 * Y_S3 + row * Y_ROW, WIDTH);
#endif
    EACH(e, 0, WIDTH)
        WRITE(y, i0 * Y_S0 + i1 * Y_S1 + i2 * Y_S2 + i3 * Y_S3 + row * Y_ROW + e * Y_COLUMN, 1);
}
EACH(key, 0, LENGTH) {
    EACH(d, 0, DEPTH)
        READ(k, i0 * K_S0 + i1 * K_S1 + i2 * K_S2 + i3 * K_S3 + key * K_ROW + d * K_COLUMN, 1);
    EACH(e, 0, WIDTH)
        READ(v, i0 * V_S0 + i1 * V_S1 + i2 * V_S2 + i3 * V_S3 + key * V_ROW + e * V_COLUMN, 1);
#if MASK == 1
    READ(mask, i0 * M_S0 + i1 * M_S1 + i2 * M_S2 + i3 * M_S3 + key * M_COLUMN, 1);
#elif MASK
    EACH(row, 0, QUERIES)
        READ(mask, i0 * M_S0 + i1 * M_S1 + i2 * M_S2 + i3 * M_S3 + row * M_ROW + key * M_COLUMN, 1);
#endif
}
)CLC";

inline constexpr std::string_view linear_blocked_reach = R"CLC(
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

inline constexpr std::string_view norm_parts_reach = R"CLC(
REQUIRE(VW == 4 && COLUMNS >= 4 && COLUMNS % 4 == 0 && PARTS >= 4 && PARTS % 4 == 0);
const int row = get_group_id(0);
#if SCALE
READ(w, 0, COLUMNS);
#endif
#if BIAS
READ(b, 0, COLUMNS);
#endif
READ(x, row * XS_R, COLUMNS);
EACH(vector, 0, COLUMNS / 4) {
    const int column = vector * 4;
    float v = 0;
    EPILOGUE(v, row, column)
    STOREV(y, row * YS_R + column, v);
}
)CLC";

inline constexpr std::string_view reduce_lanes_reach = R"CLC(
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
