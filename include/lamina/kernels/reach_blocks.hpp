// SPDX-License-Identifier: Apache-2.0
// How far families on images in blocks of channels reach. Part of reach.hpp, which says how to read it.
#pragma once
#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view conv2d_blocked_reach = R"CLC(
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
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

// What it holds of its transformed inputs and sums must have room: T T numbers of each tile and block.
inline constexpr std::string_view conv2d_winograd_reach = R"CLC(
#define T (MT + 2)
REQUIRE((MT == 2 || MT == 4 || MT == 6) && TW >= 1 && ITEM >= TW && TILES >= ITEM);
REQUIRE(OB >= 1 && SHARE >= 1 && SHARE % OB == 0 && ICB >= 1 && STEP >= ICB * ITEM);
REQUIRE(T * T * STEP <= HELD && HELD * VW <= 1000000);
REQUIRE(MT * ITEM * OB * T <= DONE && DONE * VW <= 1000000 && TILES_ROW >= 1);
const int last_tile = get_global_id(0) * ITEM + ITEM, part = get_global_id(1) * SHARE;
EACH(tile, 0, TILES) {
    const int n = tile / TILES_IMAGE;
    EACH(ib, 0, ICB) EACH(row, 0, IH) EACH(column, 0, IW)
        LOADV(x, n * XS_N + ib * XS_C + row * XS_H + column * VW);
    EACH(block, part, part + SHARE) EACH(row, 0, OH) EACH(column, 0, OW) {
        float v = 0;
        APART(block) { EPILOGUE(v, n, block, row, column) }
        STOREV(y, n * YS_N + block * YS_C + row * YS_H + column * VW, v);
    }
}
EACH(block, part, part + SHARE) {
#if BIAS
    LOADF(b, block * VW);
#endif
    EACH(line, 0, T * T * ICB * VW) LOADV(w, block * WS_O + line * VW);
}
)CLC";

// Outputs of a phase lie SW apart, from the phase on and inside of the row. Without EDGES no column
// of the input is tested, so the numbers must show that each is inside.
inline constexpr std::string_view conv_transpose_blocked_reach = R"CLC(
REQUIRE(TW >= 1 && OB >= 1 && SH >= 1 && SW >= 1 && OW / SW >= TW);
#if !EDGES
REQUIRE(PL == 0 && DW == 1 && KW <= SW && OW <= IW * SW);
#endif
const int oh = get_global_id(1) / SW, last_column = get_global_id(0) * TW + TW;
const int n = get_global_id(2) / (OCB / OB), ob = get_global_id(2) % (OCB / OB) * OB;
EACH(ib, 0, ICB) EACH(row, 0, IH) EACH(column, 0, IW)
    LOADV(x, n * XS_N + ob / OCB_GROUP * ICB * XS_C + ib * XS_C + row * XS_H + column * VW);
EACH(block, ob, ob + OB) {
#if BIAS
    LOADF(b, block * VW);
#endif
    EACH(line, 0, KH * KW * ICB * VW) LOADV(w, block * WS_O + line * VW);
    EACH(column, 0, OW) {
        float v = 0;
        APART(block) { EPILOGUE(v, n, block, oh, column) }
        STOREV(y, n * YS_N + block * YS_C + oh * YS_H + column * VW, v);
    }
}
)CLC";

inline constexpr std::string_view depthwise_blocked_reach = R"CLC(
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
#define TALL ((KH - 1) * DH + 1)
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

// Lanes of a group meet in an array of the work-item's channels.
inline constexpr std::string_view norm_images_reach = R"CLC(
REQUIRE(BLOCKS >= 1 && BLOCKS <= 256 && GROUP >= 1);
REQUIRE(BLOCKS * VW % GROUP == 0 || (CHANNELS % GROUP == 0 && CHANNELS <= BLOCKS * VW));
const int last_block = get_global_id(0) * BLOCKS + BLOCKS, n = get_global_id(1);
EACH(block, 0, P_C) {
#if SCALE
    LOADF(w, block * VW);
#endif
#if BIAS
    LOADF(b, block * VW);
#endif
    EACH(row, 0, P_H) EACH(column, 0, P_W) {
        LOADV(x, n * X_S0 + block * X_S1 + row * X_S2 + column * X_S3);
        float v = 0;
        APART(block) { EPILOGUE(v, n, block, row, column) }
        STOREV(y, n * P_S0 + block * P_S1 + row * P_S2 + column * P_S3, v);
    }
}
)CLC";

inline constexpr std::string_view pool_blocked_reach = R"CLC(
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
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

}  // namespace lamina::kernels
