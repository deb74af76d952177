// SPDX-License-Identifier: Apache-2.0
// Convolutions in groups of any width over blocks of VW channels (NCHWc), for groups that are not made of whole
// blocks: the lanes of a vector are neighbouring pixels, so that none computes another group's channels.
#pragma once
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/turn_lanes.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view conv_grouped_arguments = R"CLC(
#define ARGS IN(x), VECTOR(w) BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
)CLC"sv;

// One work-item computes TH rows of TW pixels in CHANNELS channels: whole blocks, those of a number of groups, unless
// they are the last:
//   y[n][g OG + o][oh][ow] = b[g OG + o] + sum over i < IG, kh, kw of
//       x[n][g IG + i][oh SH - PT + kh DH][ow SW - PL + kw DW] * w[g OG + o][i][kh][kw]
// It first writes its input as floats into planes in private memory, a plane per channel, zeros outside the
// picture, by turning squares of VW pixels and VW channels. Where the window moves by a stride, a plane is HP WP
// smaller ones, each with every SH-th row and every SW-th column, so that every tap reads neighbours. Rows follow
// each other without a gap, as positions of one line: NV vectors of them are computed at a time in OB channels
// (w[channel / OB][i][kh][kw][OB], OB divides OG and CHANNELS); positions behind a row's pixels are dropped in the end,
// when squares are turned back.
// BLOCKS_IN    blocks whose planes are in memory at a time
// CHUNKS 0     those are all that the groups of a work-item span; LEADS 1: they may begin inside one
// CHUNKS 1     groups of many channels, of which CHANNELS may be a part: the sums of all positions stay in memory, and
//              BLOCKS_IN blocks after the others are added
// BLOCKS_OUT   blocks of CHANNELS channels
// Launch   global (OW / TW, OH / TH, N PERIODS), work-groups of one.
inline constexpr std::string_view conv_grouped_text = R"CLC(
#define HP (KH > 1 && DH % SH ? SH : 1)
#define WP (KW > 1 && DW % SW ? SW : 1)
#define PH (TH + (KH - 1) * DH / SH)
#define PW (TW + (KW - 1) * DW / SW)
/* of a plane: what its last vector reads and its last square writes behind it included, an odd number of vectors,
   so that planes do not share lines of the cache */
#define PITCH (((HP * WP * PH * PW + (KW - 1) * DW / SW + (NV + 2) * VW) / VW | 1) * VW)
#if CHUNKS
#define POSITIONS ((TH * PW + NV * VW - 1) / (NV * VW) * NV)
#define SUMS_AT(at) ((at) / VW)
#else
#define POSITIONS NV
#define SUMS_AT(at) 0
#endif
#define TAP_LINE(kh, kw) \
    ((((kh) * DH % SH * WP + (kw) * DW % SW) * PH + (kh) * DH / SH) * PW + (kw) * DW / SW)

GROUP_OF(1) KERNEL(conv_grouped) {
    OPEN(x);
    OPEN(w);
    OPEN(y);
    BIAS_OPEN(b)
    EPILOGUE_OPEN
    const int ow = get_global_id(0) * TW, oh = get_global_id(1) * TH;
    const int n = get_global_id(2) / PERIODS, channel = get_global_id(2) % PERIODS * CHANNELS;
    const int made = min(CHANNELS, G * OG - channel), rows = min(TH, OH - oh);
    const int first = channel / OG * IG, last = ((channel + made - 1) / OG + 1) * IG;
    const int out_blocks = (made + VW - 1) / VW;

    float planes[BLOCKS_IN * VW * PITCH];
    VEC sums[BLOCKS_OUT * VW][POSITIONS];
    for (int o = made; o < out_blocks * VW; ++o)
        for (int v = 0; v < POSITIONS; ++v)
            sums[o][v] = (VEC)(0.0f);
    x += n * XS_N;
    y += n * YS_N + channel / VW * YS_C;
#if CHUNKS
    for (int begin = first / VW * VW; begin < last; begin += BLOCKS_IN * VW) {
    const int end = min(last, begin + BLOCKS_IN * VW);
#else
    {
    const int begin = LEADS ? first / VW * VW : first, end = last;
#endif
    for (int c0 = begin; c0 < end; c0 += VW)
        for (int line = 0; line < HP * WP * PH; ++line) {
            const int phase = line / PH, down = phase / WP;
            if (line % PH >= rows + (KH - 1) * DH / SH - (down > (KH - 1) * DH % SH))
                continue; /* no tap reads it */
            const int ih = (oh + line % PH) * SH + down - PT;
            float* to = planes + (c0 - begin) * PITCH + line * PW;
            for (int at = 0; at < PW; at += VW) {
                const int iw = (ow + at) * SW + phase % WP - PL;
                __global const real* from = x + c0 / VW * XS_C + ih * XS_H + iw * VW;
                if (ih < 0 || ih >= IH) {
                    UNROLL for (int c = 0; c < VW; ++c)
                        *(vec_anywhere*)(to + c * PITCH + at) = (VEC)(0.0f);
                    continue;
                }
#if NARROW
                VEC square[VW];
                UNROLL for (int p = 0; p < VW; ++p)
                    square[p] = (VEC)(0.0f);
                for (int p = iw < 0 ? (SW - 1 - iw) / SW : 0; p < VW && iw + p * SW < IW; ++p)
                    square[p] = LOADV(from, p * (SW * VW));
                turn_lanes(to + at, PITCH, (const float*)square, VW);
#else
                if (iw >= 0 && iw + (VW - 1) * SW < IW)
                    turn_global(to + at, PITCH, from, SW * VW);
                else
                    turn_inside(to + at, PITCH, from - iw * VW, iw, SW, IW);
#endif
            }
        }

    for (int at = 0; at < rows * PW; at += NV * VW) {
        for (int o = 0; o < made; o += OB) {
            const int channels = (channel + o) / OG * IG; /* the group's */
#if CHUNKS
            const int from = max(channels, begin), to = min(channels + IG, end);
            if (from >= to)
                continue;
#else
            const int from = channels, to = channels + IG;
#endif
            VEC acc[OB][NV];
            UNROLL for (int k = 0; k < OB; ++k)
                UNROLL for (int v = 0; v < NV; ++v)
#if BIAS
                    acc[k][v] = (VEC)(b[channel + o + k]);
#else
                    acc[k][v] = (VEC)(0.0f);
#endif
#if CHUNKS
            if (from > channels)
                UNROLL for (int k = 0; k < OB; ++k)
                    UNROLL for (int v = 0; v < NV; ++v)
                        acc[k][v] = sums[o + k][SUMS_AT(at) + v];
#endif
            const float* plane = planes + (from - begin) * PITCH + at;
            __global const float* taps = w + ((channel + o) * IG + (from - channels) * OB) * (KH * KW);
            for (int i = from; i < to; ++i, plane += PITCH)
                for (int kh = 0; kh < KH; ++kh)
                    UNROLL for (int kw = 0; kw < KW; ++kw, taps += OB) {
                        VEC s[NV];
                        UNROLL for (int v = 0; v < NV; ++v)
                            s[v] = *(const vec_anywhere*)(plane + TAP_LINE(kh, kw) + v * VW);
                        UNROLL for (int k = 0; k < OB; ++k) {
                            const VEC weight = (VEC)(taps[k]);
                            UNROLL for (int v = 0; v < NV; ++v)
                                acc[k][v] = fma(s[v], weight, acc[k][v]);
                        }
                    }
            UNROLL for (int k = 0; k < OB; ++k)
                UNROLL for (int v = 0; v < NV; ++v)
                    sums[o + k][SUMS_AT(at) + v] = acc[k][v];
        }
        if (end < last)
            continue;
        for (int c = 0; c < out_blocks; ++c)
            for (int v = 0; v < NV; ++v) {
                VEC square[VW];
                turn_lanes((float*)square, VW, (const float*)&sums[c * VW][SUMS_AT(at) + v],
                    POSITIONS * VW);
                int row = (at + v * VW) / PW, column = (at + v * VW) % PW;
                for (int p = 0; p < VW; column = 0, ++row) { /* what the square has of each row */
                    const int kept = row < rows ? min(VW - p, min(TW, OW - ow) - column) : 0;
                    for (int q = 0; q < kept; ++q) {
                        VEC out = square[p + q];
                        EPILOGUE(out, n, (channel / VW + c), (oh + row), (ow + column + q))
#ifdef TAIL
                        out = KEEP(out, TAIL - (channel / VW + c) * VW);
#endif
                        STOREV(y, c * YS_C + (oh + row) * YS_H + (ow + column + q) * VW, out);
                    }
                    p += PW - column;
                }
            }
    }
    }
}
)CLC"sv;

inline constexpr text_names conv_grouped_names{"", "HP WP PH PW PITCH POSITIONS SUMS_AT TAP_LINE"};

inline constexpr std::string_view conv_grouped_reach = R"CLC(
#define HP (KH > 1 && DH % SH ? SH : 1)
#define WP (KW > 1 && DW % SW ? SW : 1)
#define TALL (TH + (KH - 1) * DH / SH)
#define WIDE (TW + (KW - 1) * DW / SW)
REQUIRE(TH >= 1 && TW >= 1 && NV >= 1 && OB >= 1 && KH >= 1 && KW >= 1);
REQUIRE(SH >= 1 && SW >= 1 && DH >= 1 && DW >= 1 && G >= 1 && IG >= 1 && OG >= 1);
REQUIRE(PERIODS >= 1 && CHANNELS >= 1 && OG % OB == 0 && CHANNELS % OB == 0 && PERIODS * CHANNELS >= G * OG);
REQUIRE((PERIODS == 1 || CHANNELS % VW == 0) && CHANNELS <= BLOCKS_OUT * VW && BLOCKS_IN >= 1);
#if !CHUNKS
REQUIRE(CHANNELS % OG == 0 && (LEADS ? VW - 1 : 0) + CHANNELS / OG * IG <= BLOCKS_IN * VW);
REQUIRE(LEADS || PERIODS == 1 || CHANNELS / OG * IG % VW == 0);
#endif
const int n = get_global_id(2) / PERIODS;
EACH(c, 0, (G * IG + VW - 1) / VW) EACH(row, 0, IH) EACH(column, 0, IW)
    LOADV(x, n * XS_N + c * XS_C + row * XS_H + column * VW);
EACH(tap, 0, G * OG * IG * KH * KW) READ(w, tap, 1);
EACH(c, 0, (G * OG + VW - 1) / VW) EACH(row, 0, OH) EACH(column, 0, OW) {
#if BIAS
    EACH(o, 0, G * OG) READ(b, o, 1);
#endif
    float v = 0;
    const int block = c;
    APART(block) { EPILOGUE(v, n, block, row, column) }
    STOREV(y, n * YS_N + c * YS_C + row * YS_H + column * VW, v);
}
)CLC"sv;

inline constexpr kernel_text conv_grouped_kernel{"conv_grouped",
    {optional_arguments, conv_grouped_arguments, turn_lanes_text, conv_grouped_text},
    {optional_arguments, conv_grouped_arguments, conv_grouped_reach},
    {&prelude_names, &optional_arguments_names, &turn_lanes_names, &conv_grouped_names}};

}  // namespace lamina::kernels
