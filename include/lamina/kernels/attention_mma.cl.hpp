// SPDX-License-Identifier: Apache-2.0
// softmax(q k^T scale + mask) v on matrix units: the other main loop of the attention family, for
// tactics that need the ability "mma". Factors are halves, or floats rounded to tf32; sums are float.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// A warp has 16 queries and walks over the keys, KEY_TILE at a time; its scores and probabilities
// stay in registers. Tiles of k and v alternate in a ring of BUFFERS in local memory. Rows there are
// an odd number of 16-byte chunks apart, so that 8 rows of a matrix hit 8 different bank groups.
// Tactic   MMA 1, WARPS (of a group), KEY_TILE (a multiple of 16), BUFFERS
//          Launch (1, queries, leading axes), tile (1, 16 * WARPS, 1)
// Numbers  DEPTH, WIDTH as in attention.cl.hpp, constants here; multiples of E. LENGTH, QUERIES, which are arguments
//          where SIZES_VARY is 1: the last tile of keys is as long as the others then
//   QUERY_ROW_AT(r, d), OUT_ROW_AT(r, e), MASK_ROW_AT(r, s), KEY_AT(s, d), VALUE_AT(s, e)
inline constexpr std::string_view attention_mma_text = R"CLC(
#ifdef MMA
#define ITEMS (WARPS * 32)
/* chunks of a row, and columns of the output by eight */
#define DC ((DEPTH + KF - 1) / KF * 2)
#define EC ((WIDTH + KF - 1) / KF * 2)
#define OUTS (EC * E / 8)
#define K_PITCH (DC + 1)
#define V_PITCH (EC + 1)
#define TILE_CHUNKS (KEY_TILE * (DC > EC ? K_PITCH : V_PITCH))
#define LEFT (LENGTH - (LENGTH - 1) / KEY_TILE * KEY_TILE)

#define FETCH_TILE(name, AT, chunks, pitch, columns) \
    UNROLL for (int v_ = 0; v_ < (KEY_TILE * (chunks) + ITEMS - 1) / ITEMS; ++v_) { \
        const int at_ = v_ * ITEMS + (int)id, row = at_ / (chunks), c = at_ % (chunks); \
        const int s = coming / 2 * KEY_TILE + row; \
        if (KEY_TILE * (chunks) % ITEMS == 0 || row < KEY_TILE) \
            COPY16(CHUNK(tiles, coming_buffer * TILE_CHUNKS + row * (pitch) + c), \
                name + AT(s, c * E), s < LENGTH && c * E < (columns)) \
    }
/* starts to copy the next tile, of k or of v, into the buffer that is no longer read */
#define FETCH_NEXT { \
    if (coming < 2 * rounds) { \
        if (coming % 2) { \
            FETCH_TILE(v, VALUE_AT, EC, V_PITCH, WIDTH) \
        } else { \
            FETCH_TILE(k, KEY_AT, DC, K_PITCH, DEPTH) \
        } \
    } \
    COPIES_END \
    ++coming; \
    coming_buffer = coming_buffer + 1 == BUFFERS ? 0 : coming_buffer + 1; \
}
#define NEXT_TILE { \
    COPIES_WAIT(BUFFERS - 2) \
    barrier(CLK_LOCAL_MEM_FENCE); \
    FETCH_NEXT \
    place = buffer * TILE_CHUNKS; \
    here = CHUNK(tiles, place); \
    buffer = buffer + 1 == BUFFERS ? 0 : buffer + 1; \
}
#if MASK
#define ADD_MASK(score, row, s) \
    if ((s) < LENGTH) \
        score = score * as_float(SCALE) + LOAD_MASK(MASK_ROW_AT(row, s));
#define UNIT 1.44269504f
/* a mask may hold the least float, whose product with UNIT is infinite */
#define SHIFT_OF(score) (score)
#define SHARE_OF(score, shift) native_exp2(((score) - (shift)) * UNIT)
#else
#define ADD_MASK(score, row, s)
#define UNIT (as_float(SCALE) * 1.44269504f)
#define SHIFT_OF(score) ((score) * UNIT)
#define SHARE_OF(score, shift) native_exp2((score) * UNIT - (shift))
#endif

/* 16 * G keys from `first` on; CHECKS: some of them may be hidden from some queries */
#define ATTEND(first, G, CHECKS) { \
    float score[2 * (G)][4]; \
    UNROLL for (int n = 0; n < 2 * (G); ++n) \
        UNROLL for (int e = 0; e < 4; ++e) \
            score[n][e] = 0.0f; \
    NEXT_TILE \
    UNROLL for (int d = 0; d < DC / 2; ++d) \
        UNROLL for (int g = 0; g < (G); ++g) { \
            uint two[4]; \
            LOAD_MATRICES(two, here + near_k + (g * 16 * K_PITCH + d * 2) * 16) \
            ROUND_FOUR(two) \
            MULTIPLY(score[2 * g], query[d], two[0], two[1]) \
            MULTIPLY(score[2 * g + 1], query[d], two[2], two[3]) \
        } \
    if (MASK || (CHECKS)) { \
        UNROLL for (int n = 0; n < 2 * (G); ++n) \
            UNROLL for (int e = 0; e < 4; ++e) { \
                const int s = (first) + n * 8 + (int)(lane % 4) * 2 + e % 2; \
                const int row = min(row0 + (e / 2) * 8, QUERIES - 1); \
                ADD_MASK(score[n][e], row, s) \
                if ((CHECKS) && (s >= LENGTH || (CAUSAL && s > row))) \
                    score[n][e] = -INFINITY; \
            } \
    } \
    UNROLL for (int h = 0; h < 2; ++h) { \
        float greatest = most[h], other; \
        UNROLL for (int n = 0; n < 2 * (G); ++n) \
            greatest = fmax(greatest, fmax(score[n][2 * h], score[n][2 * h + 1])); \
        TAKE_OTHER(other, greatest, 1) \
        greatest = fmax(greatest, other); \
        TAKE_OTHER(other, greatest, 2) \
        greatest = fmax(greatest, other); \
        /* all keys up to here masked: nothing to average yet */ \
        const float shift = greatest == -INFINITY ? 0.0f : SHIFT_OF(greatest); \
        const float keep = SHARE_OF(most[h], shift); \
        most[h] = greatest; \
        float more = 0.0f; \
        UNROLL for (int n = 0; n < 2 * (G); ++n) \
            UNROLL for (int e = 2 * h; e < 2 * h + 2; ++e) { \
                score[n][e] = SHARE_OF(score[n][e], shift); \
                more += score[n][e]; \
            } \
        sum[h] = sum[h] * keep + more; \
        UNROLL for (int n = 0; n < OUTS; ++n) { \
            average[n][2 * h] *= keep; \
            average[n][2 * h + 1] *= keep; \
        } \
    } \
    AVERAGE(G) \
}
#if NARROW
#define ROUND_FOUR(u)
#define AVERAGE(G) \
    uint share[G][4]; \
    UNROLL for (int g = 0; g < (G); ++g) \
        UNROLL for (int e = 0; e < 4; ++e) \
            share[g][e] = PAIR(score[2 * g + e / 2][e % 2 * 2], score[2 * g + e / 2][e % 2 * 2 + 1]); \
    NEXT_TILE \
    UNROLL for (int n = 0; n < OUTS / 2; ++n) \
        UNROLL for (int g = 0; g < (G); ++g) { \
            uint two[4]; \
            LOAD_TURNED(two, here + near_v + (g * 16 * V_PITCH + n * 2) * 16) \
            MULTIPLY(average[2 * n], share[g], two[0], two[1]) \
            MULTIPLY(average[2 * n + 1], share[g], two[2], two[3]) \
        }
#else
#define ROUND_FOUR(u) \
    UNROLL for (int e_ = 0; e_ < 4; ++e_) \
        ROUND_TF32((u)[e_])
/* a lane has keys 2 * (lane % 4) and the next: they stand for columns lane % 4 and lane % 4 + 4 of the
   factor, so v's rows are taken in that order too */
#define AVERAGE(G) \
    uint share[2 * (G)][4]; \
    UNROLL for (int g = 0; g < 2 * (G); ++g) { \
        share[g][0] = as_uint(score[g][0]), share[g][1] = as_uint(score[g][2]); \
        share[g][2] = as_uint(score[g][1]), share[g][3] = as_uint(score[g][3]); \
        ROUND_FOUR(share[g]) \
    } \
    NEXT_TILE \
    UNROLL for (int g = 0; g < 2 * (G); ++g) { \
        __local const uint* const rows = (__local const uint*)tiles + place * 4 \
            + (g * 8 + lane % 4 * 2) * (V_PITCH * 4) + lane / 4; \
        UNROLL for (int n = 0; n < OUTS; ++n) { \
            uint low = rows[n * 8], high = rows[n * 8 + V_PITCH * 4]; \
            ROUND_TF32(low) \
            ROUND_TF32(high) \
            MULTIPLY(average[n], share[g], low, high) \
        } \
    }
#endif

GROUP_OF(ITEMS) KERNEL(attention) {
    __local uint4 tiles[BUFFERS * TILE_CHUNKS] __attribute__((aligned(128)));
    MMA_KERNEL(ITEMS)
    OPEN(q);
    OPEN(k);
    OPEN(v);
    MASK_OPEN
    OPEN(y);
    ELEMENT
    /* the longest rows first */
    const int block = CAUSAL ? get_num_groups(1) - 1 - get_group_id(1) : get_group_id(1);
    const int row0 = block * (16 * WARPS) + (int)(id / 32 * 16 + lane / 4);
    const int keys = CAUSAL ? min(LENGTH, (block + 1) * (16 * WARPS)) : LENGTH;
    const int rounds = (keys + KEY_TILE - 1) / KEY_TILE;
    int coming = 0, coming_buffer = 0, buffer = 0;
    uint here, place;
    UNROLL for (int b = 0; b < BUFFERS - 1; ++b)
        FETCH_NEXT

    /* where this lane's rows of the first matrices of a tile are, in bytes */
    const uint near_k = ((lane % 8 + lane / 16 * 8) * K_PITCH + lane / 8 % 2) * 16;
    const uint near_v = (lane % 16 * V_PITCH + lane / 16) * 16;
    uint query[DC / 2][4];
    float average[OUTS][4], most[2], sum[2];
    UNROLL for (int d = 0; d < DC / 2; ++d) {
        UNROLL for (int e = 0; e < 4; ++e) {
            const int column = d * KF + (int)(lane % 4) * (E / 4) + e / 2 * E;
            const int row = min(row0 + e % 2 * 8, QUERIES - 1);
            query[d][e] = DEPTH % KF && column >= DEPTH
                ? 0 : *(__global const uint*)(q + QUERY_ROW_AT(row, column));
        }
        ROUND_FOUR(query[d])
    }
    UNROLL for (int n = 0; n < OUTS; ++n)
        UNROLL for (int e = 0; e < 4; ++e)
            average[n][e] = 0.0f;
    UNROLL for (int h = 0; h < 2; ++h)
        most[h] = -INFINITY, sum[h] = 0.0f;

#if CAUSAL
    for (int round = 0; round < rounds; ++round)
        ATTEND(round * KEY_TILE, KEY_TILE / 16,
            round * KEY_TILE + KEY_TILE > min(LENGTH, block * (16 * WARPS) + 1))
#elif SIZES_VARY
    for (int round = 0; round < rounds; ++round)
        ATTEND(round * KEY_TILE, KEY_TILE / 16, round * KEY_TILE + KEY_TILE > LENGTH)
#else
    for (int round = 0; round < LENGTH / KEY_TILE; ++round)
        ATTEND(round * KEY_TILE, KEY_TILE / 16, false)
#if LENGTH % KEY_TILE
    ATTEND(LENGTH / KEY_TILE * KEY_TILE, (LEFT + 15) / 16, LEFT % 16 != 0)
#endif
#endif
    UNROLL for (int h = 0; h < 2; ++h) {
        float other;
        TAKE_OTHER(other, sum[h], 1)
        sum[h] += other;
        TAKE_OTHER(other, sum[h], 2)
        sum[h] += other;
        sum[h] = sum[h] == 0.0f ? 1.0f : sum[h]; /* every key masked: the average of nothing is 0 */
        const int row = row0 + h * 8;
        UNROLL for (int n = 0; n < OUTS; ++n) {
            const int e = n * 8 + (int)(lane % 4) * 2;
            if (row < QUERIES && e < WIDTH) {
                const float low = average[n][2 * h] / sum[h], high = average[n][2 * h + 1] / sum[h];
#if PAIRS_OUT && NARROW
                *(__global uint*)(y + OUT_ROW_AT(row, e)) = PAIR(low, high);
#elif PAIRS_OUT
                *(__global float2*)(y + OUT_ROW_AT(row, e)) = (float2)(to_tf32(low), to_tf32(high));
#else
                STORE1(y, OUT_ROW_AT(row, e), low);
                STORE1(y, OUT_ROW_AT(row, (e + 1)), high);
#endif
            }
        }
    }
}
#endif
)CLC"sv;

}  // namespace lamina::kernels
