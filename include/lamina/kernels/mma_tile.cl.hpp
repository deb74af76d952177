// SPDX-License-Identifier: Apache-2.0
// A matrix product on matrix units: the other main loop of the tiled families, for tactics that need the
// ability "mma". Each family's head says where its elements lie, as for tile.cl.hpp.
#pragma once
#include <lamina/kernels/mma.cl.hpp>

#include <string_view>

namespace lamina::kernels {

// out[row][column] = sum over k of A[row][k] * B[k][column], a tile of BM x BN by each work-group.
//
// Tactic   MMA 1
//          BM, BN, BK   the tile and its depth; a row of BK is 64 or 128 bytes
//          WM, WN       a warp's part of it, multiples of 16
//          STAGES       tiles in local memory: one is worked on, the others are on their way
//          SPLIT        groups that share a tile and cut its depth among them (SPLITS 1 if a tactic of
//                       the kernel has more than one). The last to finish adds the sums in order.
//          Launch (columns, rows, batches), tile (BN / SPLIT, BM): the last tile of a row may have
//          fewer groups than SPLIT
// Family   as in tile.cl.hpp: SETUP, ROWS, COLUMNS, DEPTH, A_STATE, A_PREPARE, FINISH, and
//          A_COPIES, B_COPIES   16 bytes lie side by side, aligned: ALONG_DEPTH, ALONG_TILE (B alone),
//                       or ONE_BY_ONE where they do not
//          A_DEPTH(k)   declares what rows share at depth k
//          A_WHERE(i, t), A_INSIDE(i, t, k)   address of 16 bytes of the i-th row; whether they exist
//          B_WHERE(t, k), B_INSIDE(t, k)
//          A_OUTSIDE    16 bytes of A where A_INSIDE says no, if not zeros
//          A_ONE(i, t, k), B_ONE(t, k)   one element as a float, 0 outside
//          OF_BYTES     A is u8, B s8 and along the depth, sums are int; see mma.cl.hpp
//          BIAS_OF(column)   if there is a bias that FINISH_VALUES adds by ADD_HELD: VW numbers of it. They
//                       are loaded once, for a lane has the same four columns in each row
//          FINISH_VALUES(row, column, r, out)   in place of FINISH: r[4] to VEC out[4 / VW]. What it reads
//                       lies inside also where the row or the column does not, so that nothing depends on a
//                       condition and loads of several vectors are under way together
//          FINISH_STORES(row, column, out)
//          MEMBERS 4    as in tile.cl.hpp: FINISH_STORES gets the first of the rows and the greatest of their values,
//                       by TAKE_GREATEST(into, v)
//          A_CHUNK(i, t, k)   E elements as 16 bytes, where the family has a faster way than A_ONE
//          ASKS 1       WEIGHTS_AT and WEIGHT_COUNT: B's numbers, asked for before the first step; with ASKED_ROWS
//                       where there are no more rows
//
// Local memory holds rows of 16-byte chunks, mixed so that the 8 rows of a matrix hit 8 different
// bank groups. The mixing reaches the address bits of a chunk alone: XOR on one address gives the next.
// Sums leave through local memory, so that neighbours write 4 neighbouring columns each.
inline constexpr std::string_view mma_tile_text = R"CLC(
#ifdef MMA
#ifndef MEMBERS
#define MEMBERS 1
#endif
#define ALONG_DEPTH 0
#define ALONG_TILE 1
#define ONE_BY_ONE 2
#define ITEMS (BM / WM * (BN / WN) * 32)
#define MI (WM / 16)
#define NI (WN / 8)
#define AC (BK / E)
#define BC (BN / E)
#define LA (BM * AC / ITEMS)
#define LB (BN * AC / ITEMS)
#define STAGE ((BM + BN) * AC)
/* parts of a split product that are read before the first is added */
#define TOGETHER (MI * NI <= 2 ? 8 : MI * NI <= 4 ? 4 : MI * NI <= 8 ? 2 : 1)
/* lines of 128 bytes of the weights that are asked for before the first step, at most */
#define MOST_ASKED 131072u
/* vectors of a lane whose epilogues are under way together, so that none waits for another's operands */
#define AT_ONCE (WN / 8 < 8 ? WN / 8 : 8)
/* sums, and how parts of them lie among floats */
#ifdef OF_BYTES
#define SUM int
#define SUM_AS_BITS as_float
#define BITS_AS_SUM as_int
#else
#define SUM float
#define SUM_AS_BITS(v) (v)
#define BITS_AS_SUM(v) (v)
#endif
#define SLAB (WN + 8)
#define SLABS (ITEMS / 32 * 4 * SLAB)
#ifdef BIAS_OF
#define HOLD_BIAS(column) \
    VEC held_bias[4 / VW]; \
    UNROLL for (int q = 0; q < 4; q += VW) \
        held_bias[q / VW] = BIAS_OF((column) + q);
#define ADD_HELD(v, q) v += held_bias[(q) / VW];
#else
#define HOLD_BIAS(column)
#define ADD_HELD(v, q)
#endif
#define MIX(row, chunks) ((chunks) >= 8 ? (row) & 7 : (row) >> 1 & 3)
#define MIX_TURNED(k) (NARROW ? MIX(k, BC) : ((k) & 3) * 2)
#ifndef LAG
#define LAG 0
#endif
/* the depth of a step's chunk */
#define DEPTH_AT(step, c) (((step) * AC + (c)) * E)

/* the v-th 16 bytes of a tile: t along the tile, c its chunk along the depth */
#define PLACE(way, v, size, t, c) \
    const uint t = (way) == ONE_BY_ONE ? (v) % (size) : (v) / AC; \
    const uint c = (way) == ONE_BY_ONE ? (v) / (size) : (v) % AC;
#define A_AT(stage, row, chunk) \
    CHUNK(tiles, (stage) * STAGE + (row) * AC + ((chunk) ^ MIX(row, AC)))
#define B_FIRST(stage) ((stage) * STAGE + BM * AC)
#define B_AT(stage, row, chunk) \
    CHUNK(tiles, B_FIRST(stage) + (row) * AC + ((chunk) ^ MIX(row, AC)))
#ifdef WGMMA
#define TILES_ALIGNED 1024
#define TURNED_AT(stage, k, chunk) \
    CHUNK(tiles, B_FIRST(stage) + (chunk) / 8 * (BK * 8) + (k) * 8 + ((chunk) % 8 ^ ((k) & 7)))
/* the first of the 16 rows that a warp has of the i-th matrices */
#define ROW_OF(i) (id / 128 * (MI * 64) + (i) * 64 + id / 32 % 4 * 16)
#else
#define TILES_ALIGNED 128
#define TURNED_AT(stage, k, chunk) \
    CHUNK(tiles, B_FIRST(stage) + (k) * BC + ((chunk) ^ MIX_TURNED(k)))
#define ROW_OF(i) (wm + (i) * 16)
#endif
#if NARROW
#define EIGHT(ONE) (uint4)(PAIR(ONE(0), ONE(1)), PAIR(ONE(2), ONE(3)), PAIR(ONE(4), ONE(5)), \
    PAIR(ONE(6), ONE(7)))
#else
#define EIGHT(ONE) (uint4)(as_uint(ONE(0)), as_uint(ONE(1)), as_uint(ONE(2)), as_uint(ONE(3)))
#endif
#define ONE_OF_A(e) A_ONE(i, row0 + t, k + (e))
#ifndef A_CHUNK
#define A_CHUNK(i, t, k) EIGHT(ONE_OF_A)
#endif
#define ONE_OF_B(e) B_ONE(column0 + t, k + (e))

#ifdef A_OUTSIDE
#define COPY_A(at, from, inside) \
    if (inside) { \
        COPY16(at, from, true) \
    } else { \
        AT_CHUNK(at) = A_OUTSIDE; \
    }
#else
#define COPY_A COPY16
#endif

/* starts to load a step's tiles: by copies to local memory, or into registers */
#define FETCH_TILES(stage, step_) { \
    if (A_COPIES == ONE_BY_ONE) { \
        UNROLL for (int i = 0; i < LA; ++i) { \
            PLACE(ONE_BY_ONE, id + i * ITEMS, BM, t, c) \
            PER_ITEM uint k = DEPTH_AT(step_, c); \
            held_a[i] = A_CHUNK(i, row0 + t, k); \
        } \
    } else { \
        PER_ITEM uint k = DEPTH_AT(step_, id % AC); \
        A_DEPTH(k) \
        UNROLL for (int i = 0; i < LA; ++i) { \
            PLACE(ALONG_DEPTH, id + i * ITEMS, BM, t, c) \
            COPY_A(A_AT(stage, t, c), A_WHERE(i, row0 + t), A_INSIDE(i, row0 + t, k)) \
        } \
    } \
    UNROLL for (int i = 0; i < LB; ++i) { \
        if (B_COPIES == ALONG_TILE) { \
            const uint t = (id + i * ITEMS) % BC, c = (id + i * ITEMS) / BC; \
            PER_ITEM uint k = DEPTH_AT(step_, c / E) + c % E; \
            COPY16(TURNED_AT(stage, c, t), B_WHERE(column0 + t * E, k), \
                B_INSIDE(column0 + t * E, k)) \
        } else { \
            PLACE(B_COPIES, id + i * ITEMS, BN, t, c) \
            PER_ITEM uint k = DEPTH_AT(step_, c); \
            if (B_COPIES == ONE_BY_ONE) { \
                held_b[i] = EIGHT(ONE_OF_B); \
            } else { \
                COPY16(B_AT(stage, t, c), B_WHERE(column0 + t, k), B_INSIDE(column0 + t, k)) \
            } \
        } \
    } \
}
/* what is in registers goes to local memory */
#define AT_CHUNK(at) tiles[((at) - CHUNK(tiles, 0)) / 16]
#define PUT_TILES(stage) { \
    if (A_COPIES == ONE_BY_ONE) { \
        UNROLL for (int i = 0; i < LA; ++i) { \
            PLACE(ONE_BY_ONE, id + i * ITEMS, BM, t, c) \
            AT_CHUNK(A_AT(stage, t, c)) = held_a[i]; \
        } \
    } \
    if (B_COPIES == ONE_BY_ONE) { \
        UNROLL for (int i = 0; i < LB; ++i) { \
            PLACE(ONE_BY_ONE, id + i * ITEMS, BN, t, c) \
            AT_CHUNK(B_AT(stage, t, c)) = held_b[i]; \
        } \
    } \
}

GROUP_OF(ITEMS) KERNEL(FAMILY) {
    __local uint4 tiles[STAGES * STAGE > SLABS ? STAGES * STAGE : SLABS]
        __attribute__((aligned(TILES_ALIGNED)));
    MMA_KERNEL(ITEMS)
    const uint row0 = get_group_id(1) * BM, column0 = get_group_id(0) / SPLIT * BN;
#if defined(GROUPS_OF_UNIT) && defined(__NV_CL_C_VERSION)
    __asm__ volatile("//sm_90a_groups " TEXT_OF(GROUPS_OF_UNIT));
#endif
    const uint wm = id / 32 / (BN / WN) * WM, wn = id / 32 % (BN / WN) * WN;
    SETUP
    A_STATE
    UNROLL for (int i = 0; i < LA; ++i) {
        PLACE(A_COPIES, id + i * ITEMS, BM, t, c)
        (void)c;
        A_PREPARE(i, row0 + t)
    }
    const uint all_steps = (DEPTH + BK - 1) / BK;
#if SPLIT > 1
    const uint part = get_group_id(0) % SPLIT;
    const uint parts = min((uint)SPLIT, (uint)(get_num_groups(0) - get_group_id(0) / SPLIT * SPLIT));
    const uint begin = all_steps * part / parts, end = all_steps * (part + 1) / parts;
#else
    const uint begin = 0, end = all_steps;
#endif
    SUM sum[MI][NI][4];
    UNROLL for (int i = 0; i < MI; ++i)
        UNROLL for (int j = 0; j < NI; ++j)
            UNROLL for (int e = 0; e < 4; ++e)
                sum[i][j][e] = 0;

#if !defined(WGMMA) || defined(HOLDS_A)
    /* where this lane's rows of the first matrices of a stage are */
    const uint a_row = ROW_OF(0) + lane % 16, near_a = A_AT(0, a_row, lane / 16);
#endif
#ifndef WGMMA
#if B_COPIES == ALONG_TILE
    const uint near_b = TURNED_AT(0, lane % 16, lane / 16 + wn / E);
#else
    const uint b_row = wn + lane % 8 + lane / 16 * 8;
    const uint near_b = B_AT(0, b_row, lane / 8 % 2);
#endif
#endif
    uint4 held_a[A_COPIES == ONE_BY_ONE ? LA : 1], held_b[B_COPIES == ONE_BY_ONE ? LB : 1];
#if A_COPIES == ONE_BY_ONE /* a long text, which takes the compiler long */
    ROLL
#else
    UNROLL
#endif
    for (int s = 0; s < STAGES - 1 - LAG; ++s) {
        if (begin + s < end) {
            FETCH_TILES(s, begin + s)
            PUT_TILES(s)
        }
        COPIES_END
    }
#if ASKS
    /* each work-item asks for lines of the weights, which come from memory once a run */
#ifdef ASKED_ROWS
    if (ROWS <= ASKED_ROWS)
#endif
    for (uint line = (get_group_id(1) * get_num_groups(0) + get_group_id(0)) * ITEMS + id;
         line < min((uint)(WEIGHT_COUNT) / (8 * E), MOST_ASKED);
         line += get_num_groups(0) * get_num_groups(1) * ITEMS)
        ASK_FOR((__global const char*)WEIGHTS_AT + line * 128)
#endif
    uint now = 0, next = STAGES - 1 - LAG;
    for (uint step = begin; step < end; ++step) {
        COPIES_WAIT(STAGES - 2 - LAG)
#ifdef WGMMA
        UNITS_SEE
#endif
        barrier(CLK_LOCAL_MEM_FENCE);
        const bool more = step + STAGES - 1 - LAG < end;
#ifdef WGMMA
        MULTIPLY_TILES(now)
#endif
        if (more)
            FETCH_TILES(next, step + STAGES - 1 - LAG)
        COPIES_END
#ifdef WGMMA
        UNITS_WAIT_LAG
#else
        const uint here = now * (STAGE * 16);
        UNROLL for (int kk = 0; kk < BK / KF; ++kk) {
            uint a[MI][4], b[NI / 2][4];
            UNROLL for (int i = 0; i < MI; ++i)
                LOAD_MATRICES(a[i], ((near_a + here) ^ (kk * 32)) + i * (16 * AC * 16))
            UNROLL for (int j = 0; j < NI / 2; ++j) {
#if B_COPIES != ALONG_TILE
                LOAD_MATRICES(b[j], ((near_b + here) ^ (kk * 32)) + j * (16 * AC * 16))
#elif NARROW
                LOAD_TURNED(b[j], ((near_b + here) ^ (j * 32)) + kk * (16 * BC * 16))
#else
                UNROLL for (int q = 0; q < 4; ++q) {
                    const uint k = kk * 8 + lane % 4 + q % 2 * 4;
                    const uint n = wn + j * 16 + lane / 4 + q / 2 * 8;
                    b[j][q] = ((__local const uint*)tiles)
                        [(B_FIRST(now) + k * BC + (n / 4 ^ MIX_TURNED(k))) * 4 + n % 4];
                }
#endif
            }
#if !NARROW && !defined(OF_BYTES)
            UNROLL for (int q = 0; q < 4; ++q) {
                UNROLL for (int i = 0; i < MI; ++i)
                    ROUND_TF32(a[i][q])
                UNROLL for (int j = 0; j < NI / 2; ++j)
                    ROUND_TF32(b[j][q])
            }
#endif
            UNROLL for (int i = 0; i < MI; ++i)
                UNROLL for (int j = 0; j < NI; ++j)
                    MULTIPLY(sum[i][j], a[i], b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1])
        }
#endif
        if (more)
            PUT_TILES(next)
        now = now + 1 == STAGES ? 0 : now + 1;
        next = next + 1 == STAGES ? 0 : next + 1;
    }
#ifdef WGMMA
    UNITS_WAIT(0)
#endif
    COPIES_WAIT(0)

    bool writes = true;
#if SPLIT > 1
    const uint tiles_along = (get_num_groups(0) + SPLIT - 1) / SPLIT;
    const uint tile = (get_group_id(2) * get_num_groups(1) + get_group_id(1)) * tiles_along
        + get_group_id(0) / SPLIT;
    __global float4* const sums = (__global float4*)partial + tile * (SPLIT * MI * NI * ITEMS) + id;
    UNROLL for (int i = 0; i < MI; ++i)
        UNROLL for (int j = 0; j < NI; ++j)
            sums[(part * (MI * NI) + i * NI + j) * ITEMS]
                = (float4)(SUM_AS_BITS(sum[i][j][0]), SUM_AS_BITS(sum[i][j][1]),
                    SUM_AS_BITS(sum[i][j][2]), SUM_AS_BITS(sum[i][j][3]));
    __local int* const last = (__local int*)tiles;
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    if (id == 0) {
        GROUPS_MEET
        last[0] = atomic_inc(arrived + tile) + 1 == (int)parts;
        if (last[0])
            arrived[tile] = 0;
        GROUPS_MEET
    }
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    writes = last[0];
#ifdef __NV_CL_C_VERSION
    if (!writes)
        return;
#endif
    UNROLL for (int v = 0; v < MI * NI; ++v)
        UNROLL for (int e = 0; e < 4; ++e)
            sum[v / NI][v % NI][e] = 0;
    for (uint other = 0; other < parts; other += TOGETHER) {
        float4 all[TOGETHER][MI * NI];
        UNROLL for (int o = 0; o < TOGETHER; ++o)
            UNROLL for (int v = 0; v < MI * NI; ++v)
                all[o][v] = other + o < parts
                    ? fresh_float4(sums + ((other + o) * (MI * NI) + v) * ITEMS) : (float4)(0.0f);
        UNROLL for (int o = 0; o < TOGETHER; ++o)
            UNROLL for (int v = 0; v < MI * NI; ++v) {
                sum[v / NI][v % NI][0] += BITS_AS_SUM(all[o][v].x);
                sum[v / NI][v % NI][1] += BITS_AS_SUM(all[o][v].y);
                sum[v / NI][v % NI][2] += BITS_AS_SUM(all[o][v].z);
                sum[v / NI][v % NI][3] += BITS_AS_SUM(all[o][v].w);
            }
    }
#endif

    /* 16 rows of each warp at a time */
    barrier(CLK_LOCAL_MEM_FENCE);
    HOLD_BIAS(column0 + wn + lane % (WN / 4) * 4)
    __local float* const slab = (__local float*)tiles + id / 32 * (16 * SLAB);
    UNROLL for (int i = 0; i < MI; ++i) {
        UNROLL for (int j = 0; j < NI; ++j)
            UNROLL for (int h = 0; h < 2; ++h)
                *(__local float2*)(slab + (lane / 4 + h * 8) * SLAB + j * 8 + lane % 4 * 2)
                    = (float2)(sum[i][j][2 * h], sum[i][j][2 * h + 1]);
        WARP_MEETS
#if MEMBERS == 1
        UNROLL for (int first = 0; first < WN / 8; first += AT_ONCE) {
            VEC done[AT_ONCE][4 / VW];
            UNROLL for (int one = 0; one < AT_ONCE; ++one) {
                const uint at = (first + one) * 32 + lane;
                const uint line = at / (WN / 4), column = at % (WN / 4) * 4;
                const float4 four = *(__local const float4*)(slab + line * SLAB + column);
                const float r[4] = {four.x, four.y, four.z, four.w};
                FINISH_VALUES(row0 + ROW_OF(i) + line, column0 + wn + column, r, done[one])
            }
            UNROLL for (int one = 0; one < AT_ONCE; ++one) {
                const uint at = (first + one) * 32 + lane;
                const uint line = at / (WN / 4), column = at % (WN / 4) * 4;
                if (writes)
                    FINISH_STORES(row0 + ROW_OF(i) + line, column0 + wn + column, done[one])
            }
        }
#else
        UNROLL for (uint at = lane; at < 16 / MEMBERS * (WN / 4); at += 32) {
            const uint line = at / (WN / 4) * MEMBERS, column = at % (WN / 4) * 4;
            VEC done[MEMBERS][4 / VW];
            UNROLL for (int member = 0; member < MEMBERS; ++member) {
                const float4 four
                    = *(__local const float4*)(slab + (line + member) * SLAB + column);
                const float r[4] = {four.x, four.y, four.z, four.w};
                FINISH_VALUES(
                    row0 + ROW_OF(i) + line + member, column0 + wn + column, r, done[member])
            }
            UNROLL for (int member = 1; member < MEMBERS; ++member)
                UNROLL for (int v = 0; v < 4 / VW; ++v)
                    TAKE_GREATEST(done[0][v], done[member][v])
            if (writes)
                FINISH_STORES(row0 + ROW_OF(i) + line, column0 + wn + column, done[0])
        }
#endif
        WARP_MEETS
    }
}
#endif
)CLC"sv;

}  // namespace lamina::kernels
