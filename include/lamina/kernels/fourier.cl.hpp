// SPDX-License-Identifier: Apache-2.0
// Discrete Fourier transforms of the windows of a signal, and back, by mixed radices.
// Source   Stockham's autosort form of Cooley and Tukey 1965.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view fourier_arguments = R"CLC(
#define ARGS IN(x), IN(window), OUT(y)
)CLC"sv;

// N = R0 R1 ... R9 (unused ones are 1). A stage of radix R takes, of each R numbers N / R apart, R sums with the
// R-th roots of 1, and turns them; the numbers come out in order. SCALE: float bits.
//   INVERSE 0  y[b][k][frame][0, 1], k < BINS, of x[b][frame HOP + j] times window[j - FIRST], j < N
//   INVERSE 1  y[b][frame][j], times that window, of x[b][k][frame][0, 1]; BINS is N / 2 + 1, the others are
//              the conjugates of these
//   SHARED 0   a work-item takes RUN times VW frames, one in each lane, and has all of their numbers in memory of
//              its own
//   SHARED 1   a work-group of PARTS work-items takes one frame, in local memory; VW and RUN are 1
// Launch   SHARED 0: global (FRAMES / VW / RUN, B, 1), groups of one; SHARED 1: groups (PARTS, 1, 1), one a frame.
inline constexpr std::string_view fourier_text = R"CLC(
#if SHARED
#define MEMORY __local
#define ITEMS PARTS
#define ITEM (int)get_local_id(0)
#define MEET barrier(CLK_LOCAL_MEM_FENCE);
#define COSINE(k) cospi((float)(k) * (2.0f / N))
#define SINE(k) sinpi((float)(k) * (2.0f / N))
#else
#define MEMORY __private
#define ITEMS 1
#define ITEM 0
#define MEET
#define COSINE(k) cosines[k]
#define SINE(k) sines[k]
#endif
#if VW == 1
#define LANE_OF(v, lane) (v)
#define SET_LANE(v, lane, number) (v) = (number)
#else
#define LANE_OF(v, lane) (((const MEMORY float*)&(v))[lane])
#define SET_LANE(v, lane, number) (((MEMORY float*)&(v))[lane]) = (number)
#endif
#if INVERSE
#define TURN 1.0f
#else
#define TURN -1.0f
#endif
#define UNROLL _Pragma("unroll")

/* one stage; BEFORE is the product of the radices before it */
#define STAGE(R, BEFORE) {                                                                   \
        for (int i = ITEM; i < N / (R); i += ITEMS) {                                        \
            const int p = i / (BEFORE), q = i % (BEFORE);                                    \
            VEC re[R], im[R];                                                                \
            UNROLL for (int j = 0; j < (R); ++j) {                                           \
                re[j] = from_re[i + j * (N / (R))];                                          \
                im[j] = from_im[i + j * (N / (R))];                                          \
            }                                                                                \
            for (int k = 0; k < (R); ++k) {                                                  \
                VEC sum_re = re[0], sum_im = im[0];                                          \
                UNROLL for (int j = 1; j < (R); ++j) {                                       \
                    const float c = COSINE(j * k % (R) * (N / (R)));                         \
                    const float s = TURN * SINE(j * k % (R) * (N / (R)));                    \
                    sum_re += re[j] * c - im[j] * s;                                         \
                    sum_im += re[j] * s + im[j] * c;                                         \
                }                                                                            \
                const float c = COSINE(p * k * (BEFORE)), s = TURN * SINE(p * k * (BEFORE)); \
                const int to = q + (BEFORE) * ((R) * p + k);                                 \
                to_re[to] = sum_re * c - sum_im * s;                                         \
                to_im[to] = sum_re * s + sum_im * c;                                         \
            }                                                                                \
        }                                                                                    \
        MEET                                                                                 \
        MEMORY VEC* turned = from_re;                                                        \
        from_re = to_re;                                                                     \
        to_re = turned;                                                                      \
        turned = from_im;                                                                    \
        from_im = to_im;                                                                     \
        to_im = turned;                                                                      \
    }

#if !SHARED
GROUP_OF(1)
#endif
KERNEL(fourier) {
    OPEN(x);
    OPEN(window);
    OPEN(y);
#if SHARED
    const int item = get_group_id(0);
    __local float numbers[4 * N];
#else
    const int item = get_global_id(0);
    VEC numbers[4 * N];
    float cosines[N], sines[N];
    for (int k = 0; k < N; ++k) {
        cosines[k] = cospi((float)k * (2.0f / N));
        sines[k] = sinpi((float)k * (2.0f / N));
    }
#endif
    const int b = get_global_id(1);
    for (int frame0 = item * (RUN * VW); frame0 < min(FRAMES, (item + 1) * (RUN * VW)); frame0 += VW) {
    const int lanes = min(VW, FRAMES - frame0);
    MEMORY VEC *from_re = numbers, *from_im = numbers + N, *to_re = numbers + 2 * N,
               *to_im = numbers + 3 * N;
#if INVERSE
    for (int k = ITEM; k < N; k += ITEMS) {
        const int bin = k < BINS ? k : N - k;
        const float sign = k < BINS ? 1.0f : -1.0f;
        VEC re = (VEC)(0.0f), im = (VEC)(0.0f);
        for (int lane = 0; lane < lanes; ++lane) {
            const float im_of = LOAD1(x, AT_x(b, bin, (frame0 + lane), 1, 0, 0));
            from_re[k] = re;
            SET_LANE(from_re[k], lane, LOAD1(x, AT_x(b, bin, (frame0 + lane), 0, 0, 0)));
            re = from_re[k];
            /* numbers whose conjugate is their own have no imaginary part */
            from_im[k] = im;
            SET_LANE(from_im[k], lane, k == 0 || 2 * k == N ? 0.0f : sign * im_of);
            im = from_im[k];
        }
    }
#else
    for (int j = ITEM; j < N; j += ITEMS) {
        VEC v = (VEC)(0.0f);
        if (j >= FIRST && j < FIRST + WIDTH) {
            const float factor = LOAD1(window, AT_window((j - FIRST), 0, 0, 0, 0, 0)) * as_float(SCALE);
            for (int lane = 0; lane < lanes; ++lane) {
                from_re[j] = v;
                SET_LANE(from_re[j], lane,
                    factor * LOAD1(x, AT_x(b, ((frame0 + lane) * HOP + j), 0, 0, 0, 0)));
                v = from_re[j];
            }
        }
        from_re[j] = v;
        from_im[j] = (VEC)(0.0f);
    }
#endif
    MEET
    STAGE(R0, 1)
#if R1 > 1
    STAGE(R1, R0)
#endif
#if R2 > 1
    STAGE(R2, R0 * R1)
#endif
#if R3 > 1
    STAGE(R3, R0 * R1 * R2)
#endif
#if R4 > 1
    STAGE(R4, R0 * R1 * R2 * R3)
#endif
#if R5 > 1
    STAGE(R5, R0 * R1 * R2 * R3 * R4)
#endif
#if R6 > 1
    STAGE(R6, R0 * R1 * R2 * R3 * R4 * R5)
#endif
#if R7 > 1
    STAGE(R7, R0 * R1 * R2 * R3 * R4 * R5 * R6)
#endif
#if R8 > 1
    STAGE(R8, R0 * R1 * R2 * R3 * R4 * R5 * R6 * R7)
#endif
#if R9 > 1
    STAGE(R9, R0 * R1 * R2 * R3 * R4 * R5 * R6 * R7 * R8)
#endif
#if INVERSE
    for (int j = ITEM; j < N; j += ITEMS) {
        const int inside = j >= FIRST && j < FIRST + WIDTH;
        const float factor = inside
            ? LOAD1(window, AT_window((j - FIRST), 0, 0, 0, 0, 0)) * as_float(SCALE) : 0.0f;
        for (int lane = 0; lane < lanes; ++lane)
            STORE1(y, AT_y(b, (frame0 + lane), j, 0, 0, 0), factor * LANE_OF(from_re[j], lane));
    }
#else
    for (int k = ITEM; k < BINS; k += ITEMS)
        for (int lane = 0; lane < lanes; ++lane) {
            STORE1(y, AT_y(b, k, (frame0 + lane), 0, 0, 0), LANE_OF(from_re[k], lane));
            STORE1(y, AT_y(b, k, (frame0 + lane), 1, 0, 0), LANE_OF(from_im[k], lane));
        }
#endif
    }
}
)CLC"sv;

inline constexpr text_names fourier_names{
    "", "MEMORY ITEMS ITEM MEET COSINE SINE LANE_OF SET_LANE TURN UNROLL STAGE"};

inline constexpr std::string_view fourier_reach = R"CLC(
REQUIRE(N >= 1 && N <= 16384 && R0 >= 1 && R1 >= 1 && R2 >= 1 && R3 >= 1 && R4 >= 1 && R5 >= 1);
REQUIRE(R6 >= 1 && R7 >= 1 && R8 >= 1 && R9 >= 1);
REQUIRE(R0 * R1 * R2 * R3 * R4 * R5 * R6 * R7 * R8 * R9 == N);
REQUIRE(BINS >= 1 && BINS <= N && FIRST >= 0 && WIDTH >= 1 && FIRST + WIDTH <= N && VW >= 1);
#if INVERSE
REQUIRE(BINS == N / 2 + 1);
#endif
#if SHARED
REQUIRE(VW == 1 && RUN == 1 && N <= 2048 && get_local_id(0) < PARTS);
const int frame0 = get_group_id(0);
#else
REQUIRE(N * VW <= 65536 && RUN >= 1);
const int frame0 = get_global_id(0) * (RUN * VW);
#endif
const int frame1 = min(FRAMES, frame0 + RUN * VW);
const int b = get_global_id(1);
EACH(j, 0, WIDTH) READ(window, AT_window(j, 0, 0, 0, 0, 0), 1);
EACH(frame, frame0, frame1) {
#if INVERSE
    EACH(k, 0, BINS) EACH(part, 0, 2) READ(x, AT_x(b, k, frame, part, 0, 0), 1);
    EACH(j, 0, N) STORE1(y, AT_y(b, frame, j, 0, 0, 0), 0);
#else
    EACH(j, FIRST, FIRST + WIDTH) READ(x, AT_x(b, (frame * HOP + j), 0, 0, 0, 0), 1);
    EACH(k, 0, BINS) EACH(part, 0, 2) STORE1(y, AT_y(b, k, frame, part, 0, 0), 0);
#endif
}
)CLC"sv;

inline constexpr kernel_text fourier_kernel{"fourier",
    {optional_arguments, fourier_arguments, fourier_text},
    {optional_arguments, fourier_arguments, fourier_reach},
    {&prelude_names, &optional_arguments_names, &fourier_names}};

}  // namespace lamina::kernels
