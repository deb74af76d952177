// SPDX-License-Identifier: Apache-2.0
// The steps of a recurrent layer: a work-group for each direction and MANY rows of the batch.
#pragma once
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/recurrent_steps.cl.hpp>

#include <string_view>

namespace lamina::kernels {

// Weights lie as [direction][k][gate][unit], projections as [direction][k][out]: neighbouring work-items
// read neighbours. LANES_ work-items each compute a unit, SHARES_ of them share the sum over k.
// Of `state` rows are dense, in whole groups of MANY.
// Launch   groups (DIRECTIONS, ROWS / MANY, 1) of LANES_ * SHARES_ work-items.
inline constexpr std::string_view recurrent_text = R"CLC(
#define ALL_ROWS ((ROWS + MANY - 1) / MANY * MANY)
#define MEET barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
/* sum[r][g] = sum over k of from[r * depth + k] * weights[k][first + g][unit], in the work-items of share 0 */
#define PRODUCT(sum, count, depth, weights, all, first, width, from)                             \
    float sum[MANY][count];                                                                      \
    for (int r_ = 0; r_ < MANY; ++r_)                                                            \
        for (int g_ = 0; g_ < (count); ++g_)                                                     \
            sum[r_][g_] = 0.0f;                                                                  \
    if (unit < (width)) {                                                                        \
        _Pragma("unroll 4") for (int k_ = share; k_ < (depth); k_ += SHARES_)                    \
            for (int g_ = 0; g_ < (count); ++g_) {                                               \
                const float w_ = LOAD1(weights, (k_ * (all) + (first) + g_) * (width) + unit);   \
                for (int r_ = 0; r_ < MANY; ++r_)                                                \
                    sum[r_][g_] = fma((from)[r_ * (depth) + k_], w_, sum[r_][g_]);               \
            }                                                                                    \
    }                                                                                            \
    ADD_SHARES(sum, count)
#if SHARES_ > 1
#define ADD_SHARES(sum, count)                                                                \
    for (int g_ = 0; g_ < (count); ++g_)                                                      \
        for (int r_ = 0; r_ < MANY; ++r_) {                                                   \
            shared[item] = sum[r_][g_];                                                       \
            barrier(CLK_LOCAL_MEM_FENCE);                                                     \
            if (share == 0)                                                                   \
                for (int s_ = 1; s_ < SHARES_; ++s_)                                          \
                    sum[r_][g_] += shared[s_ * LANES_ + lane];                                \
            barrier(CLK_LOCAL_MEM_FENCE);                                                     \
        }
#else
#define ADD_SHARES(sum, count)
#endif
#if BIAS
#define WITH_BIAS(v, g) ((v) + bias[(d * GATES + (g)) * UNITS + unit])
#else
#define WITH_BIAS(v, g) (v)
#endif
#define PRODUCT_OF_X(r, g) \
    LOAD1(from_x, (at_step * X_T + (row + (r)) * X_B) * row_x + (g) * UNITS + unit)
#if PEEPHOLES
#define WITH_PEEP(v, g, cell) fma(peepholes[(d * 3 + (g)) * UNITS + unit], cell, v)
#else
#define WITH_PEEP(v, g, cell) (v)
#endif
#if GIVES_H
#define GIVE_LAST_H(r, v)  \
    if (step + 1 == STEPS) \
        STORE1(h_end, d * HE_D + (row + (r)) * HE_B + unit, v);
#else
#define GIVE_LAST_H(r, v)
#endif
#define GIVE_H(r, v)                                                                     \
    const float held = ROW_KEPT(v, h_last[(r) * OUTS + unit]);                               \
    h_next[(r) * OUTS + unit] = held;                                                    \
    STORE1(y, at_step * Y_T + (row + (r)) * Y_B + d * OUTS + unit, ROW_GIVEN(v, 0.0f));      \
    GIVE_LAST_H(r, held)

GROUP_OF(LANES_ * SHARES_) KERNEL(recurrent) {
    RECURRENT_OPEN
#if SHARES_ > 1
    __local float shared[LANES_ * SHARES_];
#endif
    const int item = get_local_id(0), lane = item % LANES_, share = item / LANES_;
    const int d = get_group_id(0), row = get_group_id(1) * MANY, rows = min(MANY, ROWS - row);
    __global float* const h_of = state + (d * 2 * ALL_ROWS + row) * OUTS;
    __global float* const c = state + DIRECTIONS * 2 * ALL_ROWS * OUTS + (d * ALL_ROWS + row) * UNITS;
    __global float* const q = c + MEMORY * DIRECTIONS * ALL_ROWS * UNITS;
    for (int i = item; i < MANY * OUTS; i += LANES_ * SHARES_) {
        float h = 0.0f;
#if BEGINS_H
        if (i < rows * OUTS)
            h = LOAD1(h_begin, (d * ROWS + row + i / OUTS) * HB_R + i % OUTS);
#endif
        h_of[i] = h;
        h_of[ALL_ROWS * OUTS + i] = h; /* of rows that do not exist */
    }
#if CELL == LSTM
    for (int i = item; i < rows * UNITS; i += LANES_ * SHARES_) {
        float before = 0.0f;
#if BEGINS_C
        before = LOAD1(c_begin, (d * ROWS + row + i / UNITS) * CB_R + i % UNITS);
#endif
        c[i] = before;
    }
#endif
#if PHASES > 1
    for (int i = item; i < MANY * UNITS; i += LANES_ * SHARES_)
        q[i] = 0.0f;
#endif
    MEET
    for (int step = 0; step < STEPS; ++step) {
        const int time = BACKWARD >> d & 1 ? STEPS - 1 - step : step;
        __global const float* const h_last = h_of + (step & 1) * ALL_ROWS * OUTS;
        __global float* const h_next = h_of + ((step + 1) & 1) * ALL_ROWS * OUTS;
        const int row_x = d > 0 ? XB_R : X_R;
        __global const real* const from_x = d > 0 ? back : x;
        __global const real* const wd = w + d * OUTS * GATES * UNITS;
        for (int unit = lane; unit - lane < UNITS; unit += LANES_) {
#if CELL == GRU_RESET
            PRODUCT(sum, 2, OUTS, wd, GATES, 0, UNITS, h_last)
            for (int r = 0; r < rows && share == 0 && unit < UNITS; ++r) {
                TAKE_ROW(r)
                const float reset = OPENED(WITH_BIAS(sum[r][0], 0) + PRODUCT_OF_X(r, 0));
                c[r * UNITS + unit] = OPENED(WITH_BIAS(sum[r][1], 1) + PRODUCT_OF_X(r, 1));
                q[r * UNITS + unit] = reset * h_last[r * OUTS + unit];
            }
#else
            PRODUCT(sum, GATES, OUTS, wd, GATES, 0, UNITS, h_last)
            for (int r = 0; r < rows && share == 0 && unit < UNITS; ++r) {
                TAKE_ROW(r)
#if CELL == LSTM
                const float last = c[r * UNITS + unit];
                const float in = OPENED(
                    WITH_PEEP(WITH_BIAS(sum[r][0], 0) + PRODUCT_OF_X(r, 0), 0, last));
                const float forget = FORGET(in,
                    WITH_PEEP(WITH_BIAS(sum[r][1], 1) + PRODUCT_OF_X(r, 1), 1, last));
                const float fresh = LET_IN(WITH_BIAS(sum[r][2], 2) + PRODUCT_OF_X(r, 2));
                const float kept = ROW_KEPT(forget * last + in * fresh, last);
                const float open = OPENED(
                    WITH_PEEP(WITH_BIAS(sum[r][3], 3) + PRODUCT_OF_X(r, 3), 2, kept));
                c[r * UNITS + unit] = kept;
                const float v = open * GATE_H(kept);
#if GIVES_C
                if (step + 1 == STEPS)
                    STORE1(c_end, d * CE_D + (row + r) * CE_B + unit, kept);
#endif
#elif CELL == GRU
                const float reset = OPENED(WITH_BIAS(sum[r][0], 0) + PRODUCT_OF_X(r, 0));
                const float z = OPENED(WITH_BIAS(sum[r][1], 1) + PRODUCT_OF_X(r, 1));
                const float n = LET_IN(reset * WITH_BIAS(sum[r][2], 2) + PRODUCT_OF_X(r, 2));
                const float v = (1.0f - z) * n + z * h_last[r * OUTS + unit];
#else
                const float v = OPENED(WITH_BIAS(sum[r][0], 0) + PRODUCT_OF_X(r, 0));
#endif
#if PROJECTS
                q[r * UNITS + unit] = v;
#else
                GIVE_H(r, v)
#endif
            }
#endif
        }
        MEET
#if PHASES > 1
        for (int unit = lane; unit - lane < OUTS; unit += LANES_) {
#if PROJECTS
            PRODUCT(sum, 1, UNITS, projection + d * UNITS * OUTS, 1, 0, OUTS, q)
            for (int r = 0; r < rows && share == 0 && unit < OUTS; ++r) {
                TAKE_ROW(r)
                const float v = sum[r][0];
                GIVE_H(r, v)
            }
#else
            PRODUCT(sum, 1, OUTS, wd, GATES, 2, UNITS, q)
            for (int r = 0; r < rows && share == 0 && unit < UNITS; ++r) {
                TAKE_ROW(r)
                const float n = LET_IN(WITH_BIAS(sum[r][0], 2) + PRODUCT_OF_X(r, 2));
                const float z = c[r * UNITS + unit];
                const float v = (1.0f - z) * n + z * h_last[r * OUTS + unit];
                GIVE_H(r, v)
            }
#endif
        }
        MEET
#endif
    }
}
)CLC"sv;

inline constexpr std::string_view recurrent_group_reach = R"CLC(
REQUIRE(VW == 1 && LANES_ >= 1 && SHARES_ >= 1 && MANY >= 1 && get_group_id(0) < DIRECTIONS);
REQUIRE(get_group_id(1) * MANY < ROWS && get_local_id(0) < LANES_ * SHARES_);
const int all_rows = (ROWS + MANY - 1) / MANY * MANY;
READ(w, 0, DIRECTIONS * OUTS * GATES * UNITS);
#if BIAS
READ(bias, 0, DIRECTIONS * GATES * UNITS);
#endif
#if PROJECTS
READ(projection, 0, DIRECTIONS * OUTS * UNITS);
#endif
#if PEEPHOLES
READ(peepholes, 0, DIRECTIONS * 3 * UNITS);
#endif
WRITE(state, 0, DIRECTIONS * all_rows * (2 * OUTS + (MEMORY + PHASES - 1) * UNITS));
)CLC"sv;

inline constexpr kernel_text recurrent_kernel{"recurrent",
    {optional_arguments, recurrent_arguments, recurrent_cells, recurrent_text},
    {optional_arguments, recurrent_arguments, recurrent_cells, recurrent_reach,
        recurrent_group_reach}};

}  // namespace lamina::kernels
