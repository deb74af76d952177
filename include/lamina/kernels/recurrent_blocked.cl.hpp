// SPDX-License-Identifier: Apache-2.0
// The steps of a recurrent layer on CPUs: threads share the units of a step and meet behind it.
#pragma once
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/recurrent_steps.cl.hpp>
#include <lamina/kernels/wait.cl.hpp>

#include <string_view>

namespace lamina::kernels {

// A block is 16 units, in lanes. Weights lie as [direction][block][k][gate][16], k as many as h has
// features, rounded up to 8 (zeros); projections as [direction][block][k][16], k units. A block's part of
// the weights is read once for MANY rows of the batch. Of `state` each row is padded to whole blocks.
//
// A direction's steps are phases, the first of which fills `state`. A phase is SLICES shares of the
// blocks. A work-item takes those that no other has begun, beginning at places that differ, so that
// a thread meets the same weights in its L2 in each phase; then it waits for those in progress, never for a
// share that nobody has begun: any number of threads completes the work, one too.
//   turn         LINE ints each: work-items that came; that left; for each direction how many shares
//                are done, then the next phase of each share. Zero before and behind a launch
//   REST 0|1     MANY does not divide ROWS
//   SUMS         vectors of sums that the registers hold beside what is multiplied
// Launch   any number of work-items, groups of one.
inline constexpr std::string_view recurrent_blocked_head = R"CLC(
#define UNROLL _Pragma("unroll")
#define BLOCKS ((UNITS + 15) / 16)
#define OUT_BLOCKS ((OUTS + 15) / 16)
#define ROW_C (BLOCKS * 16)     /* floats of a row of c */
#define ROW_H (OUT_BLOCKS * 16) /* and of h */
#define DEPTH ((OUTS + 7) / 8 * 8)
#define DEEP ((UNITS + 7) / 8 * 8)
/* chains of sums that do not wait for each other */
#define CHAINS(n) (GROUP * (n) * 2 > SUMS ? 1 : GROUP * (n) * 4 > SUMS ? 2 : GROUP * (n) * 8 > SUMS ? 4 : 8)
/* sum[r][g] = sum over k of from[r * row + k] * w[k][first + g], gates of `all` */
#define PRODUCT(sum, count, depth, weights, all, first, from, row)                              \
    float16 sum[GROUP][count];                                                                  \
    {                                                                                           \
        float16 part_[CHAINS(count)][GROUP][count];                                             \
        UNROLL for (int c_ = 0; c_ < CHAINS(count); ++c_)                                       \
            UNROLL for (int r_ = 0; r_ < GROUP; ++r_)                                           \
                UNROLL for (int g_ = 0; g_ < (count); ++g_)                                     \
                    part_[c_][r_][g_] = (float16)(0.0f);                                        \
        for (int k_ = 0; k_ < (depth); k_ += CHAINS(count))                                     \
            UNROLL for (int c_ = 0; c_ < CHAINS(count); ++c_)                                   \
                UNROLL for (int g_ = 0; g_ < (count); ++g_) {                                   \
                    const float16 w_ = LOADV(weights, ((k_ + c_) * (all) + (first) + g_) * 16); \
                    UNROLL for (int r_ = 0; r_ < GROUP; ++r_)                                   \
                        part_[c_][r_][g_] = fma(                                                \
                            (float16)((from)[r_ * (row) + k_ + c_]), w_, part_[c_][r_][g_]);    \
                }                                                                               \
        UNROLL for (int r_ = 0; r_ < GROUP; ++r_)                                               \
            UNROLL for (int g_ = 0; g_ < (count); ++g_) {                                       \
                sum[r_][g_] = part_[0][r_][g_];                                                 \
                UNROLL for (int c_ = 1; c_ < CHAINS(count); ++c_)                               \
                    sum[r_][g_] += part_[c_][r_][g_];                                           \
            }                                                                                   \
    }
/* 16 numbers, of which `valid` exist. Of two vector stores of one half vector PoCL 3.1 aligns the second:
   what goes to a second place goes one by one */
inline float16 lanes_at(__global const real* p, int valid) {
    return valid >= 16 ? LOADV(p, 0) : gather_real(p, 1, valid);
}
inline void put_each(__global real* p, float16 v, int valid) {
    float lanes[16];
    vstore16(v, 0, lanes);
    for (int i = 0; i < min(valid, 16); ++i)
        STORE1(p, i, lanes[i]);
}
inline void put_lanes(__global real* p, float16 v, int valid) {
    if (valid >= 16)
        STOREV(p, 0, v);
    else
        put_each(p, v, valid);
}
#if BIAS
#define WITH_BIAS(v, g) ((v) + vload16((d * GATES + (g)) * BLOCKS + block, bias))
#else
#define WITH_BIAS(v, g) (v)
#endif
#define PRODUCT_OF_X(r, g) \
    lanes_at(from_x + (at_step * X_T + (row + (r)) * X_B) * row_x + (g) * UNITS, valid)
#if PEEPHOLES
#define WITH_PEEP(v, g, cell) fma(vload16((d * 3 + (g)) * BLOCKS + block, peepholes), cell, v)
#else
#define WITH_PEEP(v, g, cell) (v)
#endif
/* zeros in lanes of padding, which other functions than the usual ones may fill with infinities */
#if OWN_FUNCTIONS
#define ONLY(v, n)           \
    select((float16)(0.0f), v, \
        (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) < (int16)(n))
#else
#define ONLY(v, n) (v)
#endif
/* h of the next step */
#define GIVE_H(r, v, at)                                                            \
    const float16 held = ROW_KEPT(v, LOADF(h_last, (r) * ROW_H + (at)));                \
    STORE_FLOATS(h_next, (r) * ROW_H + (at), ONLY(held, left));                     \
    put_lanes(y + at_step * Y_T + (row + (r)) * Y_B + d * OUTS + (at),              \
        ROW_GIVEN(v, (float16)(0.0f)), left);                                           \
    GIVE_LAST_H(r, held, at)
#if GIVES_H
#define GIVE_LAST_H(r, v, at) \
    if (step + 1 == STEPS)    \
        put_each(h_end + d * HE_D + (row + (r)) * HE_B + (at), v, left);
#else
#define GIVE_LAST_H(r, v, at)
#endif

GROUP_OF(1) KERNEL(recurrent_blocked) {
    RECURRENT_OPEN
    __global int* const gone = turn + LINE;
    const int rank = RAISE(turn, 1);
    for (int i = 0; i < DIRECTIONS; ++i) {
        const int d = (rank + i) % DIRECTIONS;
        __global int* const done = turn + (2 + d * (SLICES + 1)) * LINE;
        __global int* const shares = done + LINE;
        __global float* const h_of = state + d * 2 * ROWS * ROW_H;
        __global float* const c_of = state + DIRECTIONS * 2 * ROWS * ROW_H + d * ROWS * ROW_C;
        __global float* const q_of = c_of + MEMORY * DIRECTIONS * ROWS * ROW_C;
        int start = 0;
        for (int bit = SLICES / 2, v = rank / DIRECTIONS; bit > 0; bit /= 2, v /= 2)
            if (v & 1)
                start += bit;
        for (int phase = SEEN(done) / SLICES; phase <= STEPS * PHASES; ++phase) {
            int mine = 0;
            const int step = phase > 0 ? (phase - 1) / PHASES : 0;
            const int time = BACKWARD >> d & 1 ? STEPS - 1 - step : step;
            for (int k = 0; k < SLICES; ++k) {
                const int share = (start + k) % SLICES;
                __global int* const own = shares + share * LINE;
                if (SEEN(own) != phase || atomic_cmpxchg(own, phase, phase + 1) != phase)
                    continue;
                ++mine;
                const int out_begin = OUT_BLOCKS * share / SLICES;
                const int out_end = OUT_BLOCKS * (share + 1) / SLICES;
                const int begin = BLOCKS * share / SLICES, end = BLOCKS * (share + 1) / SLICES;
                if (phase == 0) {
                    for (int row = 0; row < ROWS; ++row) {
                        for (int block = out_begin; block < out_end; ++block) {
                            float16 h = (float16)(0.0f);
#if BEGINS_H
                            h = lanes_at(h_begin + (d * ROWS + row) * HB_R + block * 16,
                                OUTS - block * 16);
#endif
                            STORE_FLOATS(h_of, row * ROW_H + block * 16, h);
                        }
#if CELL == LSTM
                        for (int block = begin; block < end; ++block) {
                            float16 c = (float16)(0.0f);
#if BEGINS_C
                            c = lanes_at(c_begin + (d * ROWS + row) * CB_R + block * 16,
                                UNITS - block * 16);
#endif
                            STORE_FLOATS(c_of, row * ROW_C + block * 16, c);
                        }
#endif
                    }
                    continue;
                }
#if PHASES > 1
                const bool is_second = (phase - 1) % PHASES;
#else
                const bool is_second = false;
#endif
                const bool is_projection = PROJECTS && is_second;
                for (int block = is_projection ? out_begin : begin,
                         last = is_projection ? out_end : end;
                     block < last; ++block) {
                    int row = 0;
#define GROUP MANY
                    for (; row + GROUP <= ROWS; row += GROUP)
)CLC"sv;

inline constexpr std::string_view recurrent_blocked_rows = R"CLC(
                    {
                        const int valid = UNITS - block * 16;
                        const int left = is_projection ? OUTS - block * 16 : valid;
                        __global const real* const wb = w + (d * BLOCKS + block) * (DEPTH * GATES * 16);
                        __global const float* const h_last
                            = h_of + ((step & 1) * ROWS + row) * ROW_H;
                        __global float* const h_next
                            = h_of + (((step + 1) & 1) * ROWS + row) * ROW_H;
                        __global float* const c = c_of + row * ROW_C + block * 16;
                        __global float* const q = q_of + row * ROW_C;
                        const int row_x = d > 0 ? XB_R : X_R;
                        __global const real* const from_x
                            = (d > 0 ? back : x) + block * 16;
#if PROJECTS
                        if (is_second) {
                            PRODUCT(sum, 1, DEEP,
                                projection + (d * OUT_BLOCKS + block) * (DEEP * 16), 1, 0, q, ROW_C)
                            UNROLL for (int r = 0; r < GROUP; ++r) {
                                TAKE_ROW(r)
                                GIVE_H(r, sum[r][0], block * 16)
                            }
                            continue;
                        }
#endif
#if CELL == GRU_RESET
                        if (is_second) {
                            PRODUCT(sum, 1, DEPTH, wb, GATES, 2, q, ROW_C)
                            UNROLL for (int r = 0; r < GROUP; ++r) {
                                TAKE_ROW(r)
                                const float16 n
                                    = LET_IN(WITH_BIAS(sum[r][0], 2) + PRODUCT_OF_X(r, 2));
                                const float16 z = LOADF(c, r * ROW_C);
                                const float16 h = LOADF(h_last, r * ROW_H + block * 16);
                                const float16 v = (1.0f - z) * n + z * h;
                                GIVE_H(r, v, block * 16)
                            }
                            continue;
                        }
                        PRODUCT(sum, 2, DEPTH, wb, GATES, 0, h_last, ROW_H)
                        UNROLL for (int r = 0; r < GROUP; ++r) {
                            TAKE_ROW(r)
                            const float16 reset
                                = OPENED(WITH_BIAS(sum[r][0], 0) + PRODUCT_OF_X(r, 0));
                            const float16 z
                                = OPENED(WITH_BIAS(sum[r][1], 1) + PRODUCT_OF_X(r, 1));
                            STORE_FLOATS(c, r * ROW_C, z);
                            const float16 v = reset * LOADF(h_last, r * ROW_H + block * 16);
                            STORE_FLOATS(q, r * ROW_C + block * 16, ONLY(v, valid));
                        }
#else
                        PRODUCT(sum, GATES, DEPTH, wb, GATES, 0, h_last, ROW_H)
                        UNROLL for (int r = 0; r < GROUP; ++r) {
                            TAKE_ROW(r)
#if CELL == LSTM
                            const float16 last = LOADF(c, r * ROW_C);
                            const float16 in = OPENED(
                                WITH_PEEP(WITH_BIAS(sum[r][0], 0) + PRODUCT_OF_X(r, 0), 0, last));
                            const float16 forget = FORGET(in,
                                WITH_PEEP(WITH_BIAS(sum[r][1], 1) + PRODUCT_OF_X(r, 1), 1, last));
                            const float16 fresh = LET_IN(WITH_BIAS(sum[r][2], 2) + PRODUCT_OF_X(r, 2));
                            const float16 kept = ROW_KEPT(forget * last + in * fresh, last);
                            const float16 open = OPENED(
                                WITH_PEEP(WITH_BIAS(sum[r][3], 3) + PRODUCT_OF_X(r, 3), 2, kept));
                            STORE_FLOATS(c, r * ROW_C, kept);
                            const float16 v = open * GATE_H(kept);
#if GIVES_C
                            if (step + 1 == STEPS)
                                put_each(c_end + d * CE_D + (row + r) * CE_B + block * 16, kept, valid);
#endif
#elif CELL == GRU
                            const float16 reset
                                = OPENED(WITH_BIAS(sum[r][0], 0) + PRODUCT_OF_X(r, 0));
                            const float16 z
                                = OPENED(WITH_BIAS(sum[r][1], 1) + PRODUCT_OF_X(r, 1));
                            const float16 n = LET_IN(
                                reset * WITH_BIAS(sum[r][2], 2) + PRODUCT_OF_X(r, 2));
                            const float16 h = LOADF(h_last, r * ROW_H + block * 16);
                            const float16 v = (1.0f - z) * n + z * h;
#else
                            const float16 v = OPENED(WITH_BIAS(sum[r][0], 0) + PRODUCT_OF_X(r, 0));
#endif
#if PROJECTS
                            STORE_FLOATS(q, r * ROW_C + block * 16, ONLY(v, valid));
#else
                            GIVE_H(r, v, block * 16)
#endif
                        }
#endif
                    }
)CLC"sv;

inline constexpr std::string_view recurrent_blocked_single = R"CLC(
#undef GROUP
#if REST
#define GROUP 1
                    for (; row < ROWS; ++row)
)CLC"sv;

inline constexpr std::string_view recurrent_blocked_tail = R"CLC(
#undef GROUP
#endif
                }
            }
            if (mine)
                RAISE(done, mine);
            WAIT_UNTIL(SEEN(done) >= SLICES * (phase + 1))
        }
    }
    if (RAISE(gone, 1) == (int)get_num_groups(0) - 1)
        for (int i = 0; i < 2 + DIRECTIONS * (SLICES + 1); ++i)
            turn[i * LINE] = 0;
}
)CLC"sv;

inline constexpr text_names recurrent_blocked_names{"lanes_at put_each put_lanes",
    "UNROLL BLOCKS OUT_BLOCKS ROW_C ROW_H DEPTH DEEP CHAINS PRODUCT WITH_BIAS PRODUCT_OF_X WITH_PEEP GIVE_H "
    "GIVE_LAST_H GROUP ONLY"};

inline constexpr std::string_view recurrent_blocked_reach = R"CLC(
REQUIRE(VW == 16 && SLICES >= 1 && MANY >= 1);
const int blocks = (UNITS + 15) / 16, out_blocks = (OUTS + 15) / 16;
READ(w, 0, DIRECTIONS * blocks * ((OUTS + 7) / 8 * 8) * GATES * 16);
#if BIAS
READ(bias, 0, DIRECTIONS * GATES * blocks * 16);
#endif
#if PROJECTS
READ(projection, 0, DIRECTIONS * out_blocks * ((UNITS + 7) / 8 * 8) * 16);
#endif
#if PEEPHOLES
READ(peepholes, 0, DIRECTIONS * 3 * blocks * 16);
#endif
WRITE(state, 0, DIRECTIONS * ROWS * (2 * out_blocks + (MEMORY + PHASES - 1) * blocks) * 16);
WRITE(turn, 0, (2 + DIRECTIONS * (SLICES + 1)) * 16);
)CLC"sv;

inline constexpr kernel_text recurrent_blocked_kernel{"recurrent_blocked",
    {optional_arguments, recurrent_arguments, recurrent_cells, wait_text, recurrent_blocked_head,
        recurrent_blocked_rows, recurrent_blocked_single, recurrent_blocked_rows,
        recurrent_blocked_tail},
    {optional_arguments, recurrent_arguments, recurrent_cells, recurrent_reach,
        recurrent_blocked_reach},
    {&prelude_names, &optional_arguments_names, &recurrent_argument_names, &wait_names,
        &recurrent_blocked_names}};

}  // namespace lamina::kernels
