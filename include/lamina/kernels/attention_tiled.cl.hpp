// SPDX-License-Identifier: Apache-2.0
// softmax(q k^T scale + mask) v by tiles through local memory: the attention family on GPUs without
// matrix units, and in fp32, which those round.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// A work-group has QUERY_TILE queries and walks over the keys, KEY_TILE at a time; a work-item has QUERIES_EACH
// queries by four keys of the scores, and the same queries by OWN vectors of four columns of the
// average. Queries and keys lie in local memory by columns, the probabilities by keys. The next tiles
// of k and v are on their way in registers while the present ones are worked on.
// Tactic   TILED 1, QUERY_TILE, KEY_TILE (multiples of 4), QUERIES_EACH 2 or 4
//          Launch (1, queries, leading axes), tile (1, QUERY_TILE, 1)
// Numbers  as attention_mma.cl.hpp has them: constants, rows of four aligned elements
inline constexpr std::string_view attention_tiled_text = R"CLC(
#ifdef TILED
#define ACROSS (KEY_TILE / 4)
#define ITEMS (ACROSS * QUERY_TILE / QUERIES_EACH)
#define OWN ((WIDTH + KEY_TILE - 1) / KEY_TILE)
#define Q_PITCH (QUERY_TILE + 4)
#define V_PITCH (OWN * KEY_TILE)
#define K_LOADS ((KEY_TILE * (DEPTH / 4) + ITEMS - 1) / ITEMS)
#define V_LOADS ((KEY_TILE * (WIDTH / 4) + ITEMS - 1) / ITEMS)
#if QUERIES_EACH == 4
typedef float4 some_rows;
#define TO_ARRAY(v) {v.x, v.y, v.z, v.w}
#define OF_ROWS(a, j) (float4)(a[0][j], a[1][j], a[2][j], a[3][j])
#else
typedef float2 some_rows;
#define TO_ARRAY(v) {v.x, v.y}
#define OF_ROWS(a, j) (float2)(a[0][j], a[1][j])
#endif
#if HALF
#define FOUR_AT(p) vload_half4(0, p)
#elif BF16
#define FOUR_AT(p) as_float4(convert_uint4(*(__global const ushort4*)(p)) << 16)
#else
#define FOUR_AT(p) (*(__global const float4*)(p))
#endif
/* neighbours have neighbouring keys, so that they write to different banks */
#define FETCH_KEYS(first) { \
    _Pragma("unroll") for (int i = 0; i < K_LOADS; ++i) { \
        const int at = i * ITEMS + id, s = (first) + at % KEY_TILE, d = at / KEY_TILE * 4; \
        next_k[i] = (float4)(0.0f); \
        if (s < LENGTH && d < DEPTH) \
            next_k[i] = FOUR_AT(k + KEY_AT(s, d)); \
    } \
    _Pragma("unroll") for (int i = 0; i < V_LOADS; ++i) { \
        const int at = i * ITEMS + id, s = (first) + at / (WIDTH / 4), e = at % (WIDTH / 4) * 4; \
        next_v[i] = (float4)(0.0f); \
        if (s < LENGTH && at < KEY_TILE * (WIDTH / 4)) \
            next_v[i] = FOUR_AT(v + VALUE_AT(s, e)); \
    } \
}
#define PUT_KEYS { \
    _Pragma("unroll") for (int i = 0; i < K_LOADS; ++i) { \
        const int at = i * ITEMS + id, s = at % KEY_TILE, d = at / KEY_TILE * 4; \
        __local float* const to = k_tile + d * KEY_TILE + s % ACROSS * 4 + s / ACROSS; \
        if (d < DEPTH) { \
            to[0] = next_k[i].x; \
            to[KEY_TILE] = next_k[i].y; \
            to[2 * KEY_TILE] = next_k[i].z; \
            to[3 * KEY_TILE] = next_k[i].w; \
        } \
    } \
    _Pragma("unroll") for (int i = 0; i < V_LOADS; ++i) { \
        const int at = i * ITEMS + id, s = at / (WIDTH / 4), e = at % (WIDTH / 4) * 4; \
        if (at < KEY_TILE * (WIDTH / 4)) \
            *(__local float4*)(v_tile + s * V_PITCH + e) = next_v[i]; \
    } \
}

GROUP_OF(ITEMS) KERNEL(attention) {
    __local float q_tile[DEPTH * Q_PITCH] __attribute__((aligned(16)));
    __local float k_tile[DEPTH * KEY_TILE] __attribute__((aligned(16)));
    __local float v_tile[KEY_TILE * V_PITCH] __attribute__((aligned(16)));
    __local float shares[KEY_TILE * Q_PITCH] __attribute__((aligned(16)));
    __local float of_rows[QUERY_TILE * ACROSS];
    OPEN(q);
    OPEN(k);
    OPEN(v);
    MASK_OPEN
    OPEN(y);
    ELEMENT
    const int id = get_local_id(0), tx = id % ACROSS, ty = id / ACROSS;
    const int row0 = get_group_id(1) * QUERY_TILE, first_row = row0 + ty * QUERIES_EACH;
    const int keys = CAUSAL ? min(LENGTH, row0 + QUERY_TILE) : LENGTH;
    for (int at = id; at < QUERY_TILE * (DEPTH / 4); at += ITEMS) {
        const int t = at % QUERY_TILE, d = at / QUERY_TILE * 4;
        const float4 four
            = FOUR_AT(q + QUERY_ROW_AT(min(row0 + t, QUERIES - 1), d)) * as_float(SCALE);
        q_tile[d * Q_PITCH + t] = four.x;
        q_tile[(d + 1) * Q_PITCH + t] = four.y;
        q_tile[(d + 2) * Q_PITCH + t] = four.z;
        q_tile[(d + 3) * Q_PITCH + t] = four.w;
    }
    float4 next_k[K_LOADS], next_v[V_LOADS], average[QUERIES_EACH][OWN];
    float most[QUERIES_EACH], sum[QUERIES_EACH];
    _Pragma("unroll") for (int i = 0; i < QUERIES_EACH; ++i) {
        most[i] = -INFINITY, sum[i] = 0.0f;
        _Pragma("unroll") for (int n = 0; n < OWN; ++n)
            average[i][n] = (float4)(0.0f);
    }
    FETCH_KEYS(0)
    int first = 0;
    do {
        PUT_KEYS
        barrier(CLK_LOCAL_MEM_FENCE);
        FETCH_KEYS(first + KEY_TILE)
        float score[QUERIES_EACH][4];
        _Pragma("unroll") for (int i = 0; i < QUERIES_EACH; ++i)
            _Pragma("unroll") for (int j = 0; j < 4; ++j)
                score[i][j] = 0.0f;
        _Pragma("unroll 8") for (int d = 0; d < DEPTH; ++d) {
            const some_rows a_ = *(__local const some_rows*)(q_tile + d * Q_PITCH + ty * QUERIES_EACH);
            const float4 b_ = *(__local const float4*)(k_tile + d * KEY_TILE + tx * 4);
            const float a[QUERIES_EACH] = TO_ARRAY(a_), b[4] = {b_.x, b_.y, b_.z, b_.w};
            _Pragma("unroll") for (int i = 0; i < QUERIES_EACH; ++i)
                _Pragma("unroll") for (int j = 0; j < 4; ++j)
                    score[i][j] = fma(a[i], b[j], score[i][j]);
        }
        _Pragma("unroll") for (int i = 0; i < QUERIES_EACH; ++i) {
            const int row = min(first_row + i, QUERIES - 1);
            float greatest = -INFINITY;
            _Pragma("unroll") for (int j = 0; j < 4; ++j) {
                const int s = first + j * ACROSS + tx;
                if (s >= keys || (CAUSAL && s > row))
                    score[i][j] = -INFINITY;
#if MASK
                else
                    score[i][j] += LOAD_MASK(MASK_ROW_AT(row, s));
#endif
                greatest = fmax(greatest, score[i][j]);
            }
            of_rows[(ty * QUERIES_EACH + i) * ACROSS + tx] = greatest;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        float share[QUERIES_EACH][4];
        _Pragma("unroll") for (int i = 0; i < QUERIES_EACH; ++i) {
            float greatest = most[i];
            _Pragma("unroll") for (int t = 0; t < ACROSS; ++t)
                greatest = fmax(greatest, of_rows[(ty * QUERIES_EACH + i) * ACROSS + t]);
            /* all keys up to here masked: nothing to average yet */
            const float shift = greatest == -INFINITY ? 0.0f : greatest;
            const float keep = exp(most[i] - shift);
            most[i] = greatest;
            sum[i] *= keep;
            _Pragma("unroll") for (int j = 0; j < 4; ++j) {
                share[i][j] = exp(score[i][j] - shift);
                sum[i] += share[i][j];
            }
            _Pragma("unroll") for (int n = 0; n < OWN; ++n)
                average[i][n] *= keep;
        }
        _Pragma("unroll") for (int j = 0; j < 4; ++j)
            *(__local some_rows*)(shares + (j * ACROSS + tx) * Q_PITCH + ty * QUERIES_EACH)
                = OF_ROWS(share, j);
        barrier(CLK_LOCAL_MEM_FENCE);
        _Pragma("unroll 4") for (int s = 0; s < KEY_TILE; ++s) {
            const some_rows p_ = *(__local const some_rows*)(shares + s * Q_PITCH + ty * QUERIES_EACH);
            const float p[QUERIES_EACH] = TO_ARRAY(p_);
            _Pragma("unroll") for (int n = 0; n < OWN; ++n) {
                const float4 v4
                    = *(__local const float4*)(v_tile + s * V_PITCH + (n * ACROSS + tx) * 4);
                _Pragma("unroll") for (int i = 0; i < QUERIES_EACH; ++i)
                    average[i][n] = fma((float4)(p[i]), v4, average[i][n]);
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        first += KEY_TILE;
    } while (first < keys);

    _Pragma("unroll") for (int i = 0; i < QUERIES_EACH; ++i)
        of_rows[(ty * QUERIES_EACH + i) * ACROSS + tx] = sum[i];
    barrier(CLK_LOCAL_MEM_FENCE);
    _Pragma("unroll") for (int i = 0; i < QUERIES_EACH; ++i) {
        float all = 0.0f;
        _Pragma("unroll") for (int t = 0; t < ACROSS; ++t)
            all += of_rows[(ty * QUERIES_EACH + i) * ACROSS + t];
        all = all == 0.0f ? 1.0f : all; /* every key masked: the average of nothing is 0 */
        const int row = first_row + i;
        _Pragma("unroll") for (int n = 0; n < OWN; ++n) {
            const int e = (n * ACROSS + tx) * 4;
            if (row < QUERIES && e < WIDTH) {
                const float4 r = average[i][n] / all;
                STORE1(y, OUT_ROW_AT(row, e), r.x);
                STORE1(y, OUT_ROW_AT(row, (e + 1)), r.y);
                STORE1(y, OUT_ROW_AT(row, (e + 2)), r.z);
                STORE1(y, OUT_ROW_AT(row, (e + 3)), r.w);
            }
        }
    }
}
#endif
)CLC"sv;

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
)CLC"sv;

}  // namespace lamina::kernels
