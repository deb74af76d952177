// SPDX-License-Identifier: Apache-2.0
// softmax(q k^T scale + mask) v on vector units of 16 floats: the `cpu` class.
#pragma once
#include <lamina/kernels/attention_limits.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/lanes16.cl.hpp>

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
//   BLOCK            keys of a block, a multiple of TK, at most KEYS; SCALE: float bits
//   MASK 0 none, 1 a number a key, 2 a number a query and key; MASK_FLOAT 1: the mask is
//                    float whatever HALF says
//   Q_S0 ... Q_S3    strides of the leading axes, whose extents are L_0 ... L_3; Q_ROW, Q_COLUMN
//                    of the last two (of k, v, mask and y as well); TURNS: Q_COLUMN is 1
// Tactic   QV; TK keys, TE columns of v a tile of registers, TE divides WIDTH
// Launch   global (QUERIES / (16 QV), leading axes, 1), work-groups of one
inline constexpr std::string_view attention_blocked_text = R"CLC(
#if MASK_FLOAT
#define GATHER_MASK gather_float
#else
#define GATHER_MASK gather_real
#endif
#define LEADING(p, key) p += i0 * key##0 + i1 * key##1 + i2 * key##2 + i3 * key##3

/* keys and values lie far apart, on few sets of the L1, and may be halves: dense floats here */
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

    float16 turned[DEPTH * QV], average[WIDTH * QV], scores[(KEYS + TK) * QV];
    float16 copied[(KEYS + TK) * (DEPTH > WIDTH ? DEPTH : WIDTH) / 16 + 1];
    for (int t = 0; t < QV; ++t) {
        int d = 0;
#if TURNS
        for (; d + 16 <= DEPTH; d += 16) {
            float16 tile[16];
            #pragma unroll
            for (int i = 0; i < 16; ++i)
                tile[i] = LOADV(q, min(query + t * 16 + i, QUERIES - 1) * Q_ROW + d)
                    * as_float(SCALE);
            TURN(tile)
            #pragma unroll
            for (int i = 0; i < 16; ++i)
                turned[(d + i) * QV + t] = tile[i];
        }
#endif
        for (; d < DEPTH; ++d)
            turned[d * QV + t] = as_float(SCALE)
                * gather_real(q + (query + t * 16) * Q_ROW + d * Q_COLUMN, Q_ROW,
                    QUERIES - query - t * 16);
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
        copy_rows((float*)copied, k + first * K_ROW, here, DEPTH, K_ROW, K_COLUMN);
        for (int s = 0; s < here; s += TK) {
            float16 acc[TK][QV];
            const float* rows = (const float*)copied + s * DEPTH;
            #pragma unroll
            for (int r = 0; r < TK; ++r)
                #pragma unroll
                for (int t = 0; t < QV; ++t)
                    acc[r][t] = (float16)(0.0f);
            for (int d = 0; d < DEPTH; ++d) {
                float16 qv[QV];
                #pragma unroll
                for (int t = 0; t < QV; ++t)
                    qv[t] = turned[d * QV + t];
                #pragma unroll
                for (int r = 0; r < TK; ++r) {
                    const float16 one = (float16)(rows[r * DEPTH + d]);
                    #pragma unroll
                    for (int t = 0; t < QV; ++t)
                        acc[r][t] = fma(one, qv[t], acc[r][t]);
                }
            }
            #pragma unroll
            for (int r = 0; r < TK; ++r)
                #pragma unroll
                for (int t = 0; t < QV; ++t)
                    scores[(s + r) * QV + t] = acc[r][t];
        }

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
            for (int s = 0; s < here; ++s) {
                const float16 share = exp_of_negative(scores[s * QV + t] - shift);
                scores[s * QV + t] = share;
                more += share;
            }
            sum[t] = sum[t] * keep[t] + more;
        }

        copy_rows((float*)copied, v + first * V_ROW, here, WIDTH, V_ROW, V_COLUMN);
        for (int e = 0; e < WIDTH; e += TE) {
            float16 acc[TE][QV];
            #pragma unroll
            for (int r = 0; r < TE; ++r)
                #pragma unroll
                for (int t = 0; t < QV; ++t)
                    acc[r][t] = average[(e + r) * QV + t] * keep[t];
            const float* row = (const float*)copied + e;
            for (int s = 0; s < here; ++s, row += WIDTH) {
                float16 share[QV];
                #pragma unroll
                for (int t = 0; t < QV; ++t)
                    share[t] = scores[s * QV + t];
                #pragma unroll
                for (int r = 0; r < TE; ++r) {
                    const float16 one = (float16)(row[r]);
                    #pragma unroll
                    for (int t = 0; t < QV; ++t)
                        acc[r][t] = fma(one, share[t], acc[r][t]);
                }
            }
            #pragma unroll
            for (int r = 0; r < TE; ++r)
                #pragma unroll
                for (int t = 0; t < QV; ++t)
                    average[(e + r) * QV + t] = acc[r][t];
        }
    }

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

inline constexpr text_names attention_blocked_names{"copy_rows", "GATHER_MASK LEADING"};

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
    {optional_arguments, attention_limits_text, attention_blocked_arguments, lanes16_text,
        attention_blocked_text},
    {optional_arguments, attention_limits_reach, attention_blocked_arguments,
        attention_blocked_reach},
    {&prelude_names, &optional_arguments_names, &attention_limits_names, &lanes16_names,
        &attention_blocked_names}};

}  // namespace lamina::kernels
