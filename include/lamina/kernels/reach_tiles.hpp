// SPDX-License-Identifier: Apache-2.0
// How far families of channels-last images and of products through local memory reach, on matrix
// units too. Part of reach.hpp, which says how to read it.
#pragma once
#include <string_view>

namespace lamina::kernels {

// Tiles of tile.cl.hpp and mma.cl.hpp: what keeps them inside of local memory. Columns are tested only
// where COLUMNS is no multiple of BN, the depth where it is none of BK; sums that groups share are
// counted by tiles. It stands before the family's own text.
inline constexpr std::string_view tiles_reach = R"CLC(
#define IS_POWER(n) ((n) >= 1 && ((n) & ((n) - 1)) == 0)
#if GEMM
#define A_WAY_HERE A_WAY
#define B_WAY_HERE B_WAY
#define ALONG 4
#define GROUPS get_num_groups(0)
REQUIRE(ROWS >= 1 && COLUMNS >= 1 && DEPTH >= 1 && A_WAY >= 0 && A_WAY <= 2 && B_WAY >= 0 && B_WAY <= 2);
#if PATCHES
REQUIRE(A_WAY != 1);
EACH(line, 0, ROWS) WRITE(patches, line * DEPTH, DEPTH);
#endif
#if FINISHES
EACH(batch, 0, get_num_groups(2)) EACH(line, 0, ROWS)
    READ(product, (batch * ROWS + line) * COLUMNS, COLUMNS);
#endif
#else
#ifdef MMA
#define E (4 + HALF * 4)
#define ITEMS (BM / WM * (BN / WN) * 32)
#define A_WAY_HERE A_COPIES
#define B_WAY_HERE B_COPIES
#define ALONG E
#define GROUPS ((get_num_groups(0) + SPLIT - 1) / SPLIT)
REQUIRE(WM >= 16 && WN >= 16 && WM % 16 == 0 && WN % 16 == 0 && BM % WM == 0 && BN % WN == 0);
REQUIRE((BK == 4 * E || BK == 8 * E) && IS_POWER(BN) && BN / E >= 8 - HALF * 4);
REQUIRE(BM >= WM && BN >= WN && STAGES >= 2 && SPLIT >= 1);
#ifdef WGMMA
REQUIRE(HALF == 1 && (BN == 64 || BN == 128) && WN == BN && BM % (4 * WM) == 0);
REQUIRE((LAG == 0 || LAG == 1) && STAGES >= 2 + LAG);
#endif
REQUIRE((A_COPIES == 0 || A_COPIES == 2) && B_COPIES >= 0 && B_COPIES <= 2);
#if SPLIT > 1
EACH(tile, 0, get_num_groups(2) * get_num_groups(1) * GROUPS) {
    WRITE(partial, tile * (SPLIT * (WM / 16) * (WN / 8) * ITEMS * 4),
        SPLIT * (WM / 16) * (WN / 8) * ITEMS * 4);
    WRITE(arrived, tile, 1);
}
#endif
#else
#define ITEMS (BM / TM * (BN / TN) * KS)
#define A_WAY_HERE A_WAY
#define B_WAY_HERE B_WAY
#define ALONG 4
#define GROUPS get_num_groups(0)
REQUIRE(IS_POWER(BM) && IS_POWER(BN) && IS_POWER(BK) && BK >= 4 && BM >= 4 && BN >= 4);
REQUIRE(TM >= 4 && TN >= 4 && TM % 4 == 0 && TN % 4 == 0 && BM % TM == 0 && BN % TN == 0);
REQUIRE(BM / TM % 4 == 0 && BN / TN % 8 == 0 && BM >= TM && BN >= TN && AHEAD >= 1);
REQUIRE(KS >= 1 && BK % KS == 0 && (KS == 1 || KS * BM * BN <= 2 * BK * (BM + BN)));
REQUIRE(A_WAY >= 0 && A_WAY <= 2 && B_WAY >= 0 && B_WAY <= 2);
#endif
#endif
REQUIRE(ROWS >= 1 && COLUMNS >= 1 && DEPTH >= 1 && (VW == 1 || VW == 2 || VW == 4));
REQUIRE(COLUMNS % BN != 0 || GROUPS * BN <= COLUMNS);
)CLC";

inline constexpr std::string_view attention_by_tiles_reach = R"CLC(
#ifdef MMA
#define BY_TILES 1
#define E (4 + HALF * 4)
#define AT_ONCE (1 + HALF)
#define PAIRS PAIRS_OUT
REQUIRE(WARPS >= 1 && KEY_TILE >= 16 && KEY_TILE % 16 == 0 && BUFFERS >= 2);
#endif
#ifdef TILED
#define BY_TILES 1
#define E 4
#define AT_ONCE 4
#define PAIRS 0
REQUIRE((QUERIES_EACH == 2 || QUERIES_EACH == 4) && QUERY_TILE >= 4);
REQUIRE(KEY_TILE >= 4 && QUERY_TILE % 4 == 0 && KEY_TILE % 4 == 0);
#endif
#ifdef BY_TILES
ELEMENT
REQUIRE(DEPTH >= E && WIDTH >= E && DEPTH % E == 0 && WIDTH % E == 0);
REQUIRE(LENGTH >= 1 && QUERIES >= 1);
EACH(s, 0, LENGTH) {
    EACH(c, 0, DEPTH / E) READ(k, KEY_AT(s, c * E), E);
    EACH(c, 0, WIDTH / E) READ(v, VALUE_AT(s, c * E), E);
#if MASK
    EACH(row, 0, QUERIES) LOAD1(mask, MASK_ROW_AT(row, s));
#endif
}
EACH(row, 0, QUERIES) {
    EACH(c, 0, DEPTH / AT_ONCE) READ(q, QUERY_ROW_AT(row, c * AT_ONCE), AT_ONCE);
    EACH(c, 0, WIDTH / 2) {
#if PAIRS
        WRITE(y, OUT_ROW_AT(row, c * 2), 2);
#else
        WRITE(y, OUT_ROW_AT(row, c * 2), 1);
        WRITE(y, OUT_ROW_AT(row, c * 2 + 1), 1);
#endif
    }
}
#endif
)CLC";

// Without PADDED no tap is tested, so the numbers must show that each is inside. Of a transposed
// convolution (UP) the group is a residue; its taps step backwards, so they are always tested.
inline constexpr std::string_view conv2d_tiled_reach = R"CLC(
REQUIRE(OH >= 1 && OW >= 1 && CI >= 1 && KH >= 1 && KW >= 1 && UP_H >= 1 && UP_W >= 1);
REQUIRE(A_WAY_HERE != 1 && B_WAY_HERE == 1 && ROW_OF_WEIGHTS >= 0);
#if !PADDED
REQUIRE(PT == 0 && PL == 0 && SH >= 0 && SW >= 0 && (DH >= 0 || KH == 1) && (DW >= 0 || KW == 1));
REQUIRE((OH - 1) * SH + (KH - 1) * DH < IH && (OW - 1) * SW + (KW - 1) * DW < IW);
#endif
const int group = get_group_id(2);
EACH(n, 0, (ROWS - 1) / (OW * OH) + 1) {
    EACH(h, 0, IH) EACH(column, 0, IW)
#if UP_H * UP_W == 1
#define FIRST group * CI * X_C
#else
#define FIRST 0
#endif
#if A_WAY_HERE == 2
        EACH(c, 0, CI) READ(x, FIRST + n * X_N + h * X_H + column * X_W + c * X_C, 1);
#else
        { REQUIRE(CI % ALONG == 0); READ(x, FIRST + n * X_N + h * X_H + column * X_W, CI); }
#endif
    EACH(vector, 0, (OG + VW - 1) / VW) {
#if UP_H * UP_W == 1
        const uint channel = group * OG + vector * VW;
        EACH(h, 0, OH) EACH(column, 0, OW)
#else
        const uint channel = vector * VW;
        EACH(h, 0, END_H) EACH(column, 0, END_W)
#endif
        {
            const uint image = n, oh = h, ow = column;
            float v = 0;
#if BIAS
            LOADF(b, channel);
#endif
            EPILOGUE(v, image, channel, oh, ow)
            STOREV(y, image * Y_N + channel * Y_C + oh * Y_H + ow * Y_W, v);
        }
    }
}
EACH(k, 0, DEPTH)
    READ(w, group * (DEPTH * ROW_OF_WEIGHTS) + k * ROW_OF_WEIGHTS, (OG + ALONG - 1) / ALONG * ALONG);
)CLC";

inline constexpr std::string_view depthwise_tiled_reach = R"CLC(
const int c = get_global_id(0) * VW;
const int ow0 = get_global_id(1) * TW;
const int row = get_global_id(2);
if (c >= C || ow0 >= OW || row >= N * OH)
    return;
REQUIRE(TW >= 1 && KH >= 1 && KW >= 1 && OH >= 1);
const int n = row / OH, oh = row % OH;
#if BIAS
LOADF(b, c);
#endif
EACH(tap, 0, KH * KW) LOADV(w, tap * ((C + 3) / 4 * 4) + c);
EACH(h, 0, IH) EACH(column, 0, IW) LOADV(x, n * X_N + h * X_H + c + column * X_W);
EACH(ow, 0, OW) {
    float v = 0;
    EPILOGUE(v, n, c, oh, ow)
    STOREV(y, n * Y_N + c + oh * Y_H + ow * Y_W, v);
}
)CLC";

inline constexpr std::string_view matmul_tiled_reach = R"CLC(
REQUIRE(A_M >= 0 && A_K >= 0 && B_N >= 0 && B_K >= 0);
const int batch = get_group_id(2);
const int i3 = batch % N3, i2 = batch / N3 % N2, i1 = batch / (N3 * N2) % N1,
    i0 = batch / (N3 * N2 * N1);
const int a0 = i0 * A0 + i1 * A1 + i2 * A2 + i3 * A3;
const int b0 = i0 * B0 + i1 * B1 + i2 * B2 + i3 * B3;
const int y0 = i0 * Y0 + i1 * Y1 + i2 * Y2 + i3 * Y3;
EACH(row, 0, ROWS)
#if A_WAY_HERE == 0
    EACH(chunk, 0, (DEPTH + ALONG - 1) / ALONG) READ(a, a0 + row * A_M + chunk * ALONG * A_K, ALONG);
#else
    EACH(k, 0, DEPTH) READ(a, a0 + row * A_M + k * A_K, 1);
#endif
#if A_WAY_HERE == 1
EACH(chunk, 0, (ROWS + ALONG - 1) / ALONG) EACH(k, 0, DEPTH)
    READ(a, a0 + chunk * ALONG * A_M + k * A_K, ALONG);
#endif
EACH(column, 0, COLUMNS)
#if B_WAY_HERE == 0
    EACH(chunk, 0, (DEPTH + ALONG - 1) / ALONG)
        READ(b, b0 + column * B_N + chunk * ALONG * B_K, ALONG);
#else
    EACH(k, 0, DEPTH) READ(b, b0 + column * B_N + k * B_K, 1);
#endif
#if B_WAY_HERE == 1
EACH(chunk, 0, (COLUMNS + ALONG - 1) / ALONG) EACH(k, 0, DEPTH)
    READ(b, b0 + chunk * ALONG * B_N + k * B_K, ALONG);
#endif
EACH(line, 0, ROWS) EACH(vector, 0, (COLUMNS + VW - 1) / VW) {
    const uint row = line, c = vector * VW;
    float v = 0;
#if BIAS
    LOADF(bias, c);
#endif
    EPILOGUE(v, (batch * ROWS + row), c)
    STOREV(y, y0 + row * Y_M + c * Y_N, v);
}
)CLC";

inline constexpr std::string_view matvec_reach = R"CLC(
REQUIRE(KL >= 1 && CG >= 1 && ROWS >= 1 && COLUMNS >= 1 && DEPTH >= 1 && VW == 1);
EACH(column, 0, COLUMNS) READ(w, column * ((DEPTH + 3) / 4 * 4), (DEPTH + 3) / 4 * 4);
EACH(m, 0, ROWS) {
    READ(x, m * X_M, DEPTH);
    EACH(column, 0, COLUMNS) {
        float v = 0;
#if BIAS
        READ(bias, column, 1);
#endif
        EPILOGUE(v, m, column)
        STOREV(y, m * Y_M + column, v);
    }
}
)CLC";

}  // namespace lamina::kernels
