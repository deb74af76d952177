// SPDX-License-Identifier: Apache-2.0
// softmax(q k^T scale + mask) v on vector units of 16 floats: the `cpu` class.
#pragma once
#include <lamina/kernels/attention_limits.cl.hpp>
#include <lamina/kernels/dot_rows.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/lanes16.cl.hpp>
#include <lamina/kernels/pairs.cl.hpp>
#include <lamina/kernels/tiles.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view attention_blocked_arguments = R"CLC(
#define ARGS IN(q), IN(k), IN(v) MASK_ARG FROM_ARG UNTIL_ARG, OUT(y)
)CLC"sv;

// Lanes are queries: one work-item takes QV vectors of 16 of them and turns q once, so that scores
// and averages are products of a vector with a broadcast number of k or v, in tiles of registers,
// and no sum runs across lanes. Keys are taken KEYS at a time, with the running maximum and sum
// brought up to date (Milakov and Gimelshein 2018); the scores of a block stay in L1, its keys
// and then its values are copied.
//   DEPTH, WIDTH     columns of q and k, and of v: constants. LENGTH: keys, QUERIES: rows of q
//   BLOCK            keys of a block, a multiple of TK (TILES: any), at most KEYS; SCALE: float bits
//   MASK 0 none, 1 a number a key, 2 a number a query and key; MASK_FLOAT 1: the mask is
//                    float whatever HALF says
//   Q_S0 ... Q_S3    strides of the leading axes, whose extents are L_0 ... L_3; Q_ROW, Q_COLUMN
//                    of the last two (of k, v, mask and y as well); TURNS: Q_COLUMN is 1
//   PAIRS 1          products are those of pairs of bfloat16 (pairs.cl.hpp): of neighbouring columns of q and
//                    k, of the shares of neighbouring keys, which are rounded, and their values
// Tactic   QV; TK keys, TE columns of v a tile of registers, TE divides WIDTH. TILES 1: both products on AMX's tiles of
//          16 words (tiles.cl.hpp), 32 queries: of keys by turned queries, and of values, which are turned for it, by
//          shares. What fills the last tile are keys whose shares are 0
// Launch   global (QUERIES / (16 QV), leading axes, 1), work-groups of one
inline constexpr std::string_view attention_blocked_text = R"CLC(
#if MASK_FLOAT
#define GATHER_MASK gather_float
#else
#define GATHER_MASK gather_real
#endif
#define LEADING(p, key) p += i0 * key##0 + i1 * key##1 + i2 * key##2 + i3 * key##3

/* keys and values lie far apart, on few sets of the L1, and may be halves: dense floats, or pairs, here */
#if PAIRS
#define TERMS_OF(n) (((n) + 1) / 2)
#define TERM uint
#define TERM_LANES uint16
#define AS_TERMS as_uint16
#define SCALED(v) ((v) * as_float(SCALE))
#define SQUARE 32 /* columns of 16 queries that are turned together */
#define LOAD_SQUARE(p, i) as_float16(*(__global const pairs_of_row*)((p) + (i)))
typedef uint16 pairs_of_row __attribute__((aligned(2)));
typedef uint16 copied_pairs __attribute__((aligned(4)));
#if DOTS
#define ADD_TERM(sums, x, lanes) GLUE(DOT_ROW_, QV)("vdpbf16ps", sums, x, lanes)
#else
#define ADD_TERM(sums, x, lanes)                                                               \
    {                                                                                          \
        const uint both = x;                                                                   \
        const float16 lower = (float16)(as_float(both << 16)),                                 \
                      upper = (float16)(as_float(both & 0xffff0000u));                         \
        _Pragma("unroll") for (int t = 0; t < QV; ++t)                                         \
            (sums)[t] = fma(upper, upper_of((lanes)[t]), fma(lower, lower_of((lanes)[t]), (sums)[t])); \
    }
#endif
/* of columns side by side */
inline void copy_keys(uint* to, __global const real* from, int rows, int columns, int row_stride,
                      int column_stride) {
    for (int r = 0; r < rows; ++r, from += row_stride, to += TERMS_OF(columns)) {
        int c = 0;
        if (column_stride == 1)
            for (; c + 32 <= columns; c += 32)
                *(copied_pairs*)(to + c / 2) = *(__global const pairs_of_row*)(from + c);
        for (; c < columns; c += 2)
            to[c / 2] = from[c * column_stride]
                | (c + 1 < columns ? (uint)from[(c + 1) * column_stride] << 16 : 0);
    }
}
/* of a column of two rows */
inline void copy_values(uint* to, __global const real* from, int rows, int columns, int row_stride,
                        int column_stride) {
    for (int r = 0; r < rows; r += 2, from += 2 * row_stride, to += columns) {
        const int two = r + 1 < rows;
        int c = 0;
        if (column_stride == 1)
            for (; c + 16 <= columns; c += 16) {
                uint16 pairs = convert_uint16(*(__global const bfloats*)(from + c));
                if (two)
                    pairs |= convert_uint16(*(__global const bfloats*)(from + row_stride + c)) << 16;
                *(copied_pairs*)(to + c) = pairs;
            }
        for (; c < columns; ++c)
            to[c] = from[c * column_stride]
                | (two ? (uint)from[row_stride + c * column_stride] << 16 : 0);
    }
}
inline uint16 columns_of(__global const real* from, int row_stride, int column_stride, int rows, int two) {
    uint lanes[16];
    for (int i = 0; i < 16; ++i)
        lanes[i] = i < rows ? from[i * row_stride]
                | (two ? (uint)from[i * row_stride + column_stride] << 16 : 0) : 0;
    return vload16(0, lanes);
}
/* shares from 0 to 1 or NaN; a half is rounded up */
inline uint16 pairs_of(float16 lower, float16 upper) {
    return ((as_uint16(lower) + 0x8000u) >> 16) | ((as_uint16(upper) + 0x8000u) & 0xffff0000u);
}
#else
#define TERMS_OF(n) (n)
#define TERM float
#define TERM_LANES float16
#define AS_TERMS
#define SCALED(v) (v)
#define SQUARE 16
#define LOAD_SQUARE(p, i) (LOADV(p, i) * as_float(SCALE))
#define ADD_TERM(sums, x, lanes)                              \
    {                                                         \
        const float16 one = (float16)(x);                     \
        _Pragma("unroll") for (int t = 0; t < QV; ++t)        \
            (sums)[t] = fma(one, (lanes)[t], (sums)[t]);      \
    }
inline void copy_rows(float* to, __global const real* from, int rows, int columns, int row_stride,
                      int column_stride) {
    for (int r = 0; r < rows; ++r, from += row_stride, to += columns) {
        int c = 0;
        if (column_stride == 1)
            for (; c + 16 <= columns; c += 16)
                *(vec_anywhere*)(to + c) = LOADV(from, c);
        for (; c < columns; ++c)
            to[c] = LOAD1(from, c * column_stride);
    }
}
#define copy_keys copy_rows
#define copy_values copy_rows
#endif

#if TILES
#define A_SPACE
#define B_SPACE
#define KEY_WORDS ((KEYS + TK) / 2)
#endif

GROUP_OF(1) KERNEL(attention_blocked) {
    OPEN(q);
    OPEN(k);
    OPEN(v);
    OPEN(y);
    const int query = get_global_id(0) * (16 * QV);
    int rest = get_global_id(1);
    const int i3 = rest % L_3;
    rest /= L_3;
    const int i2 = rest % L_2;
    rest /= L_2;
    const int i1 = rest % L_1, i0 = rest / L_1;
    LEADING(q, Q_S);
    LEADING(k, K_S);
    LEADING(v, V_S);
    LEADING(y, Y_S);
    MASK_OPEN
    FROM_OPEN
    UNTIL_OPEN
    TAKE_LIMITS
#if MASK
    LEADING(mask, M_S);
#endif

    TERM_LANES turned[TERMS_OF(DEPTH) * QV];
    float16 average[WIDTH * QV], scores[(KEYS + TK) * QV];
    float16 copied[(KEYS + TK) * (DEPTH > WIDTH ? DEPTH : WIDTH) / 16 + 1];
#if TILES
    uint16 values[WIDTH * KEY_WORDS / 16]; /* pairs of keys, turned */
    float16 sums[4 * 16];
    OPEN_TILES
#endif
    for (int t = 0; t < QV; ++t) {
        int d = 0;
#if TURNS
        for (; d + SQUARE <= DEPTH; d += SQUARE) {
            float16 tile[16];
            #pragma unroll
            for (int i = 0; i < 16; ++i)
                tile[i] = LOAD_SQUARE(q, min(query + t * 16 + i, QUERIES - 1) * Q_ROW + d);
            TURN(tile)
            #pragma unroll
            for (int i = 0; i < 16; ++i)
                turned[(TERMS_OF(d) + i) * QV + t] = AS_TERMS(tile[i]);
        }
#endif
        for (; d < DEPTH; d += SQUARE / 16)
#if PAIRS
            turned[d / 2 * QV + t] = columns_of(q + (query + t * 16) * Q_ROW + d * Q_COLUMN, Q_ROW,
                Q_COLUMN, QUERIES - query - t * 16, d + 1 < DEPTH);
#else
            turned[d * QV + t] = as_float(SCALE)
                * gather_real(q + (query + t * 16) * Q_ROW + d * Q_COLUMN, Q_ROW,
                    QUERIES - query - t * 16);
#endif
    }
    for (int e = 0; e < WIDTH * QV; ++e)
        average[e] = (float16)(0.0f);

    float16 most[QV], sum[QV];
    #pragma unroll
    for (int t = 0; t < QV; ++t) {
        most[t] = (float16)(-INFINITY);
        sum[t] = (float16)(0.0f);
    }
#if GROUPED
    const int keys = END_OF(OWN_QUERIES - 1), begin = BEGIN_OF(0);
#else
    const int keys = END_OF(min(QUERIES, query + 16 * QV) - 1), begin = BEGIN_OF(query);
#endif
    for (int first = begin; first < keys; first += BLOCK) {
        const int here = min(BLOCK, keys - first);
        copy_keys((TERM*)copied, k + first * K_ROW, here, DEPTH, K_ROW, K_COLUMN);
#if TILES
        for (int s = 0; s < here; s += 32) {
            const uint* rows = (const uint*)copied + s * (DEPTH / 2);
            ZERO_SUMS
            for (int d = 0; d < DEPTH / 2; d += KT)
                ADD_TILES(rows + d, rows + 16 * (DEPTH / 2) + d, DEPTH * 2, turned + d * QV,
                    turned + d * QV + 1, QV * 64)
            STORE_SUMS((tile_sum*)sums)
            for (int r = 0; r < 32; ++r)
                #pragma unroll
                for (int t = 0; t < QV; ++t)
                    scores[(s + r) * QV + t] = SCALED(sums[(r / 16 * 2 + t) * 16 + r % 16]);
        }
#else
        for (int s = 0; s < here; s += TK) {
            float16 acc[TK][QV];
            const TERM* rows = (const TERM*)copied + s * TERMS_OF(DEPTH);
            #pragma unroll
            for (int r = 0; r < TK; ++r)
                #pragma unroll
                for (int t = 0; t < QV; ++t)
                    acc[r][t] = (float16)(0.0f);
            for (int d = 0; d < TERMS_OF(DEPTH); ++d) {
                TERM_LANES qv[QV];
                #pragma unroll
                for (int t = 0; t < QV; ++t)
                    qv[t] = turned[d * QV + t];
                #pragma unroll
                for (int r = 0; r < TK; ++r)
                    ADD_TERM(acc[r], rows[r * TERMS_OF(DEPTH) + d], qv)
            }
            #pragma unroll
            for (int r = 0; r < TK; ++r)
                #pragma unroll
                for (int t = 0; t < QV; ++t)
                    scores[(s + r) * QV + t] = SCALED(acc[r][t]);
        }
#endif

        float16 keep[QV];
        #pragma unroll
        for (int t = 0; t < QV; ++t) {
            float16 greatest = most[t];
#if RIGHTS || LEFTS
            const int16 place = PLACE_OF(LANES + (query + t * 16));
#endif
            for (int s = 0; s < here; ++s) {
                float16 score = scores[s * QV + t];
#if MASK == 1
                score += (float16)(LOAD_MASK((first + s) * M_COLUMN));
#elif MASK == 2
                score += GATHER_MASK(mask + (query + t * 16) * M_ROW + (first + s) * M_COLUMN,
                    M_ROW, QUERIES - query - t * 16);
#endif
#if RIGHTS
                score = select(
                    score, (float16)(-INFINITY), (int16)(first + s - RIGHT - start) > place);
#endif
#if LEFTS
                score = select(
                    score, (float16)(-INFINITY), (int16)(first + s + LEFT - start) < place);
#endif
#if MASK || RIGHTS || LEFTS
                scores[s * QV + t] = score;
#endif
                greatest = fmax(greatest, score);
            }
            /* all keys up to here masked: nothing to average yet */
            const float16 shift
                = select(greatest, (float16)(0.0f), greatest == (float16)(-INFINITY));
            keep[t] = exp_of_negative(most[t] - shift);
            most[t] = greatest;
            float16 more = (float16)(0.0f);
#if PAIRS
            if (here % 2)
                scores[here * QV + t] = (float16)(-INFINITY);
            for (int s = 0; s < here; s += 2) {
                const float16 lower = exp_of_negative(scores[s * QV + t] - shift),
                              upper = exp_of_negative(scores[(s + 1) * QV + t] - shift);
                scores[s / 2 * QV + t] = as_float16(pairs_of(lower, upper));
                more += lower + upper;
            }
#if TILES
            for (int s = TERMS_OF(here); s < (here + 31) / 32 * 16; ++s)
                scores[s * QV + t] = (float16)(0.0f);
#endif
#else
            for (int s = 0; s < here; ++s) {
                const float16 share = exp_of_negative(scores[s * QV + t] - shift);
                scores[s * QV + t] = share;
                more += share;
            }
#endif
            sum[t] = sum[t] * keep[t] + more;
        }

        copy_values((TERM*)copied, v + first * V_ROW, here, WIDTH, V_ROW, V_COLUMN);
#if TILES
        for (int s = 0; s < TERMS_OF(here); s += 16)
            for (int e = 0; e < WIDTH; e += 16) {
                float16 tile[16];
                #pragma unroll
                for (int i = 0; i < 16; ++i)
                    tile[i] = s + i < TERMS_OF(here) ? copied[((s + i) * WIDTH + e) / 16] : (float16)(0.0f);
                TURN(tile)
                #pragma unroll
                for (int i = 0; i < 16; ++i)
                    values[((e + i) * KEY_WORDS + s) / 16] = as_uint16(tile[i]);
            }
        for (int e = 0; e < WIDTH; e += 32) {
            const uint* rows = (const uint*)values + e * KEY_WORDS;
            ZERO_SUMS
            for (int s = 0; s < TERMS_OF(here); s += KT)
                ADD_TILES(rows + s, rows + 16 * KEY_WORDS + s, KEY_WORDS * 4, scores + s * QV,
                    scores + s * QV + 1, QV * 64)
            STORE_SUMS((tile_sum*)sums)
            for (int r = 0; r < 32; ++r)
                #pragma unroll
                for (int t = 0; t < QV; ++t)
                    average[(e + r) * QV + t] = fma(
                        average[(e + r) * QV + t], keep[t], sums[(r / 16 * 2 + t) * 16 + r % 16]);
        }
#else
        for (int e = 0; e < WIDTH; e += TE) {
            float16 acc[TE][QV];
            #pragma unroll
            for (int r = 0; r < TE; ++r)
                #pragma unroll
                for (int t = 0; t < QV; ++t)
                    acc[r][t] = average[(e + r) * QV + t] * keep[t];
            const TERM* row = (const TERM*)copied + e;
            for (int s = 0; s < TERMS_OF(here); ++s, row += WIDTH) {
                TERM_LANES share[QV];
                #pragma unroll
                for (int t = 0; t < QV; ++t)
                    share[t] = AS_TERMS(scores[s * QV + t]);
                #pragma unroll
                for (int r = 0; r < TE; ++r)
                    ADD_TERM(acc[r], row[r], share)
            }
            #pragma unroll
            for (int r = 0; r < TE; ++r)
                #pragma unroll
                for (int t = 0; t < QV; ++t)
                    average[(e + r) * QV + t] = acc[r][t];
        }
#endif
    }
#if TILES
    CLOSE_TILES
#endif

    for (int t = 0; t < QV; ++t) {
        /* every key masked: the average of nothing is 0 */
        const float16 factor = 1.0f / select(sum[t], (float16)(1.0f), sum[t] == 0.0f);
        const int from = query + t * 16, count = min(16, QUERIES - from);
        int e = 0;
#if TURNS_OUT
        for (; e + 16 <= WIDTH; e += 16) {
            float16 tile[16];
            #pragma unroll
            for (int i = 0; i < 16; ++i)
                tile[i] = average[(e + i) * QV + t] * factor;
            TURN(tile)
            #pragma unroll
            for (int i = 0; i < 16; ++i)
                if (i < count)
                    STOREV(y, (from + i) * Y_ROW + e, tile[i]);
        }
#endif
        for (; e < WIDTH; ++e) {
            const float16 column = average[e * QV + t] * factor;
            if (Y_ROW == 1 && count == 16) {
                STOREV(y, from + e * Y_COLUMN, column);
                continue;
            }
            float lanes[16];
            vstore16(column, 0, lanes);
            for (int i = 0; i < count; ++i)
                STORE1(y, (from + i) * Y_ROW + e * Y_COLUMN, lanes[i]);
        }
    }
}
)CLC"sv;

inline constexpr text_names attention_blocked_names{
    "pairs_of_row copied_pairs copy_keys copy_values copy_rows columns_of pairs_of",
    "GATHER_MASK LEADING TERMS_OF TERM TERM_LANES AS_TERMS SCALED SQUARE LOAD_SQUARE ADD_TERM copy_keys "
    "copy_values A_SPACE B_SPACE KEY_WORDS"};

inline constexpr std::string_view attention_blocked_reach = R"CLC(
REQUIRE(VW == 16 && QV >= 1 && QV <= 8 && TK >= 1 && TK <= 64 && TE >= 1 && WIDTH % TE == 0);
REQUIRE(BLOCK >= 1 && BLOCK <= KEYS && KEYS <= 1024 && QUERIES >= 1);
REQUIRE(DEPTH >= 1 && DEPTH <= 512 && WIDTH >= 1 && WIDTH <= 512);
#if TILES
REQUIRE(PAIRS && QV == 2 && TW == 16 && KT == 16 && DEPTH % 32 == 0 && WIDTH % 32 == 0);
REQUIRE(TK == 16 && (KEYS + TK) % 32 == 0 && (BLOCK + 31) / 32 * 32 <= KEYS + TK);
#endif
const int last_query = get_global_id(0) * (16 * QV) + 16 * QV;
int rest = get_global_id(1);
const int i3 = rest % L_3;
rest /= L_3;
const int i2 = rest % L_2;
rest /= L_2;
const int i1 = rest % L_1, i0 = rest / L_1;
READ_LIMITS
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
)CLC"sv;

inline constexpr kernel_text attention_blocked_kernel{"attention_blocked",
    {optional_arguments, attention_limits_text, attention_blocked_arguments, pairs_options,
        lanes16_text, dot_rows_text, pairs_text, tiles_text, attention_blocked_text},
    {optional_arguments, attention_limits_reach, attention_blocked_arguments,
        attention_blocked_reach},
    {&prelude_names, &optional_arguments_names, &attention_limits_names, &lanes16_names,
        &dot_rows_names, &pairs_names, &tiles_names, &attention_blocked_names}};

}  // namespace lamina::kernels
