// SPDX-License-Identifier: Apache-2.0
// Discrete Fourier transforms of the windows of a signal, and back, by mixed radices.
// Source   Stockham's autosort form of Cooley and Tukey 1965; real signals by half as many complex numbers, Numerical
//          Recipes, section 12.3.
#pragma once
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/turn_lanes.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view fourier_arguments = R"CLC(
#define ARGS IN(x), IN(window), OUT(y)
)CLC"sv;

// Where N is even, a frame's neighbours are the real and imaginary parts of POINTS = N / 2 complex numbers, whose
// transform becomes that of the frame in one more stage; where it is odd, POINTS = N have no imaginary parts.
// POINTS = R0 R1 ... R9 (unused ones are 1), the largest last. A stage of radix R takes, of each R numbers
// POINTS / R apart, R sums with the R-th roots of 1, and turns them; the numbers come out in order. All stages are one
// loop, in which each radix stands once, so that compilers see little text. SCALE: float bits.
//   INVERSE 0  y[b][k][frame][0, 1], k < BINS, of x[b][frame HOP + j] times window[j - FIRST], j < N
//   INVERSE 1  y[b][frame][j], times that window, of x[b][k][frame][0, 1]; BINS is N / 2 + 1, the others are
//              the conjugates of these
//   TABLE 1    roots of 1 and the scaled window are made once; 0: where they are used
//   SHARED 0   a work-item takes RUN times VW frames, one in each lane, and has all of their numbers in memory of
//              its own
//   SHARED 1   a work-group of PARTS work-items takes one frame, in local memory; VW and RUN are 1, TABLE is 0
//   BESIDE_X 1   samples (INVERSE 1: a bin's frames) lie side by side, BESIDE_Y 1 as much of y
// Launch   SHARED 0: global (FRAMES / VW / RUN, B, 1), groups of one; SHARED 1: groups (PARTS, 1, 1), one a frame.
inline constexpr std::string_view fourier_text = R"CLC(
#define HALVED (N % 2 == 0)
#define POINTS (HALVED ? N / 2 : N)
#define HAS(r) \
    (R0 == r || R1 == r || R2 == r || R3 == r || R4 == r || R5 == r || R6 == r || R7 == r || R8 == r || R9 == r)
#if INVERSE
#define TURN 1.0f
#define SCALED as_float(SCALE)
#else
#define TURN -1.0f
#define SCALED (as_float(SCALE) * (HALVED ? 0.5f : 1.0f))
#endif

/* the k-th of the N-th roots of 1, 0 <= k < N: sine and cosine of the angle from the nearest quarter turn */
inline void roots_of(IVEC k, VEC* cosine, VEC* sine) {
    const IVEC quarter = TO_INT(FROM_INT(k) * (4.0f / N) + 0.5f);
    const VEC a = FROM_INT(4 * k - quarter * N) * (1.57079633f / N), square = a * a;
    VEC s = fma(square, (VEC)(2.75573192e-6f), (VEC)(-1.98412698e-4f));
    s = fma(s, square, (VEC)(8.33333333e-3f));
    s = fma(s, square, (VEC)(-1.66666667e-1f));
    s = fma(s * square, a, a);
    VEC c = fma(square, (VEC)(-2.75573192e-7f), (VEC)(2.48015873e-5f));
    c = fma(c, square, (VEC)(-1.38888889e-3f));
    c = fma(c, square, (VEC)(4.16666667e-2f));
    c = fma(c, square, (VEC)(-0.5f));
    c = fma(c, square, (VEC)(1.0f));
    const VEC across = CHOOSE((quarter & 1) == 1, s, c), up = CHOOSE((quarter & 1) == 1, c, s);
    *cosine = CHOOSE(((quarter + 1) & 2) == 2, -across, across);
    *sine = CHOOSE((quarter & 2) == 2, -up, up);
}

#if TABLE
#define ROLLED
#define ROOT(c, s, k) const float c = ((const float*)cosines)[k], s = TURN * ((const float*)sines)[k];
#define FACTOR(j) factors[(j) - FIRST]
#else
#define ROLLED _Pragma("unroll 1") /* for compilers that unroll all that they can count */
#define ROOT(c, s, k)    \
    float c, s;          \
    roots_of(k, &c, &s); \
    s *= TURN;
#define FACTOR(j) (LOAD1(window, AT_window(((j) - FIRST), 0, 0, 0, 0, 0)) * SCALED)
#endif
#if SHARED
#define MEMORY __local
#define ITEMS PARTS
#define ITEM (int)get_local_id(0)
#define MEET barrier(CLK_LOCAL_MEM_FENCE);
#define EACH_BUTTERFLY(R)                                     \
    ROLLED for (int i = ITEM; i < POINTS / (R); i += ITEMS) { \
        const int p = i / before, q = i % before;
#else
#define MEMORY __private
#define ITEMS 1
#define ITEM 0
#define MEET
#define EACH_BUTTERFLY(R)                                \
    ROLLED for (int p = 0, i = 0; i < POINTS / (R); ++p) \
        ROLLED for (int q = 0; q < before; ++q, ++i) {
#endif
#define END_BUTTERFLY }
#if VW == 1
#define LANE_OF(v, lane) (v)
#define GATHER(v, number)   \
    {                       \
        const int lane = 0; \
        v = number;         \
    }
#else
#define LANE_OF(v, lane) (((const MEMORY float*)&(v))[lane])
#define GATHER(v, number)                           \
    {                                               \
        float all_[VW];                             \
        for (int lane = 0; lane < VW; ++lane)       \
            all_[lane] = lane < lanes ? number : 0; \
        v = GLUE(vload, VW)(0, all_);               \
    }
#endif
#define SAMPLE(j) from[HALVED ? (j) : 2 * (j)]
/* what lies within the window is turned by squares */
#define SQUARES (TABLE && VW >= 4 && WIDTH >= VW && (INVERSE ? BESIDE_Y : BESIDE_X))
/* frames of a bin are one vector and the next */
#define PAIRS (VW >= 4 && (INVERSE ? BESIDE_X : BESIDE_Y))

#define TAKE(R, j)                                         \
    const VEC re##j = from[2 * (i + j * (POINTS / (R)))], \
              im##j = from[2 * (i + j * (POINTS / (R))) + 1];
#define GIVE(R, k, re, im)                                         \
    {                                                              \
        MEMORY VEC* to_ = to + 2 * (q + before * ((R) * p + (k))); \
        VEC re_ = re, im_ = im;                                    \
        if ((k) && p) {                                            \
            ROOT(c_, s_, p * (k) * before * (HALVED ? 2 : 1))      \
            const VEC turned_ = re_ * c_ - im_ * s_;               \
            im_ = re_ * s_ + im_ * c_;                             \
            re_ = turned_;                                         \
        }                                                          \
        to_[0] = re_;                                              \
        to_[1] = im_;                                              \
    }
/* (re, im) plus, for k, and minus, for other, TURN i times (by_re, by_im) */
#define GIVE_PAIR(R, k, other, re, im, by_re, by_im)         \
    GIVE(R, k, (re) - TURN * (by_im), (im) + TURN * (by_re)) \
    GIVE(R, other, (re) + TURN * (by_im), (im) - TURN * (by_re))

#if PAIRS
#define TAKE_PAIRS(re, im, at)                                      \
    if (lanes == VW) {                                              \
        const VEC first_ = LOADV(x, at), second_ = LOADV(x, at + VW); \
        re = (VEC)(first_.even, second_.even);                      \
        im = (VEC)(first_.odd, second_.odd);                        \
    } else
#else
#define TAKE_PAIRS(re, im, at)
#endif
/* a bin; numbers whose conjugate is their own have no imaginary part */
#define TAKE_BIN(re, im, bin)                                          \
    VEC re, im;                                                        \
    TAKE_PAIRS(re, im, AT_x(b, (bin), frame0, 0, 0, 0)) {              \
        GATHER(re, LOAD1(x, AT_x(b, (bin), (frame0 + lane), 0, 0, 0))) \
        GATHER(im, LOAD1(x, AT_x(b, (bin), (frame0 + lane), 1, 0, 0))) \
    }                                                                  \
    if ((bin) == 0 || 2 * (bin) == N)                                  \
        im = (VEC)(0.0f);

#if PAIRS
#define GIVE_PAIRS(at, re, im)      \
    if (lanes == VW) {              \
        VEC first_, second_;        \
        first_.even = re.lo;        \
        first_.odd = im.lo;         \
        second_.even = re.hi;       \
        second_.odd = im.hi;        \
        STOREV(y, at, first_);      \
        STOREV(y, at + VW, second_); \
    } else
#else
#define GIVE_PAIRS(at, re, im)
#endif
#define GIVE_BIN(bin, re, im)                                                                  \
    {                                                                                          \
        const VEC re_ = re, im_ = im;                                                          \
        GIVE_PAIRS(AT_y(b, (bin), frame0, 0, 0, 0), re_, im_)                                  \
        for (int lane = 0; lane < lanes; ++lane) {                                             \
            STORE1(y, AT_y(b, (bin), (frame0 + lane), 0, 0, 0), ((const float*)&re_)[lane]);   \
            STORE1(y, AT_y(b, (bin), (frame0 + lane), 1, 0, 0), ((const float*)&im_)[lane]);   \
        }                                                                                      \
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
    __local float numbers[4 * POINTS];
#else
    const int item = get_global_id(0);
    VEC numbers[4 * POINTS];
#endif
#if TABLE
    VEC cosines[(N + VW - 1) / VW], sines[(N + VW - 1) / VW];
    float factors[WIDTH];
    for (int k = 0; k < (N + VW - 1) / VW; ++k)
        roots_of(k * VW + LANES, cosines + k, sines + k);
    for (int j = 0; j < WIDTH; ++j)
        factors[j] = LOAD1(window, AT_window(j, 0, 0, 0, 0, 0)) * SCALED;
#endif
    const int radices[10] = {R0, R1, R2, R3, R4, R5, R6, R7, R8, R9};
    const int b = get_global_id(1);
    for (int frame0 = item * (RUN * VW); frame0 < min(FRAMES, (item + 1) * (RUN * VW)); frame0 += VW) {
    const int lanes = min(VW, FRAMES - frame0);
    MEMORY VEC *from = numbers, *to = numbers + 2 * POINTS;
#if INVERSE
#if HALVED
    /* a number and the one of the conjugates */
    ROLLED for (int k = ITEM; k <= POINTS / 2; k += ITEMS) {
        TAKE_BIN(re, im, k)
        TAKE_BIN(other_re, other_im, POINTS - k)
        const VEC s_re = re + other_re, s_im = im - other_im, d_re = re - other_re, d_im = im + other_im;
        ROOT(c, s, k)
        const VEC t_re = d_re * s + d_im * c, t_im = d_re * c - d_im * s;
        from[2 * k] = s_re - t_re;
        from[2 * k + 1] = s_im + t_im;
        if (k) {
            from[2 * (POINTS - k)] = s_re + t_re;
            from[2 * (POINTS - k) + 1] = t_im - s_im;
        }
    }
#else
    ROLLED for (int k = ITEM; k < POINTS; k += ITEMS) {
        TAKE_BIN(re, im, (k < BINS ? k : N - k))
        from[2 * k] = re;
        from[2 * k + 1] = k < BINS ? im : -im;
    }
#endif
#else
    ROLLED for (int j = ITEM; j < N; j += ITEMS) {
#if !HALVED
        from[2 * j + 1] = (VEC)(0.0f);
#endif
        const int is_inside = j >= FIRST && j < FIRST + WIDTH;
        if (SQUARES && is_inside)
            continue;
        VEC v = (VEC)(0.0f);
        if (is_inside) {
            const float factor = FACTOR(j);
            GATHER(v, factor * LOAD1(x, AT_x(b, ((frame0 + lane) * HOP + j), 0, 0, 0, 0)))
        }
        SAMPLE(j) = v;
    }
#if SQUARES
    for (int at = 0; at < WIDTH; at += VW) {
        const int begin = min(at, WIDTH - VW);
        const VEC factor = *(const vec_anywhere*)(factors + begin);
        VEC square[VW], turned[VW];
        UNROLL for (int lane = 0; lane < VW; ++lane)
            square[lane] = factor
                * LOADV(x, AT_x(b, ((frame0 + min(lane, lanes - 1)) * HOP + FIRST + begin), 0, 0, 0, 0));
        turn_lanes((float*)turned, VW, (const float*)square, VW);
        UNROLL for (int j = 0; j < VW; ++j)
            SAMPLE(FIRST + begin + j) = turned[j];
    }
#endif
#endif
    MEET
    int before = 1;
    #pragma unroll 1
    for (int stage = 0; before < POINTS; ++stage) {
        const int radix = radices[stage];
#if HAS(2)
        if (radix == 2) {
            EACH_BUTTERFLY(2)
                TAKE(2, 0) TAKE(2, 1)
                GIVE(2, 0, re0 + re1, im0 + im1)
                GIVE(2, 1, re0 - re1, im0 - im1)
            END_BUTTERFLY
        }
#endif
#if HAS(3)
        if (radix == 3) {
            EACH_BUTTERFLY(3)
                TAKE(3, 0) TAKE(3, 1) TAKE(3, 2)
                const VEC s_re = re1 + re2, s_im = im1 + im2;
                const VEC d_re = (re1 - re2) * 0.866025404f, d_im = (im1 - im2) * 0.866025404f;
                GIVE(3, 0, re0 + s_re, im0 + s_im)
                GIVE_PAIR(3, 1, 2, re0 - 0.5f * s_re, im0 - 0.5f * s_im, d_re, d_im)
            END_BUTTERFLY
        }
#endif
#if HAS(4)
        if (radix == 4) {
            EACH_BUTTERFLY(4)
                TAKE(4, 0) TAKE(4, 1) TAKE(4, 2) TAKE(4, 3)
                const VEC s_re = re0 + re2, s_im = im0 + im2, t_re = re1 + re3, t_im = im1 + im3;
                GIVE(4, 0, s_re + t_re, s_im + t_im)
                GIVE(4, 2, s_re - t_re, s_im - t_im)
                GIVE_PAIR(4, 1, 3, re0 - re2, im0 - im2, re1 - re3, im1 - im3)
            END_BUTTERFLY
        }
#endif
#if HAS(5)
        if (radix == 5) {
            EACH_BUTTERFLY(5)
                TAKE(5, 0) TAKE(5, 1) TAKE(5, 2) TAKE(5, 3) TAKE(5, 4)
                const VEC s_re = re1 + re4, s_im = im1 + im4, t_re = re2 + re3, t_im = im2 + im3;
                const VEC d_re = re1 - re4, d_im = im1 - im4, e_re = re2 - re3, e_im = im2 - im3;
                GIVE(5, 0, re0 + s_re + t_re, im0 + s_im + t_im)
                GIVE_PAIR(5, 1, 4, re0 + 0.309016994f * s_re - 0.809016994f * t_re,
                    im0 + 0.309016994f * s_im - 0.809016994f * t_im,
                    0.951056516f * d_re + 0.587785252f * e_re, 0.951056516f * d_im + 0.587785252f * e_im)
                GIVE_PAIR(5, 2, 3, re0 - 0.809016994f * s_re + 0.309016994f * t_re,
                    im0 - 0.809016994f * s_im + 0.309016994f * t_im,
                    0.587785252f * d_re - 0.951056516f * e_re, 0.587785252f * d_im - 0.951056516f * e_im)
            END_BUTTERFLY
        }
#endif
#if R0 > 5 || R1 > 5 || R2 > 5 || R3 > 5 || R4 > 5 || R5 > 5 || R6 > 5 || R7 > 5 || R8 > 5 || R9 > 5
        if (radix > 5) {
            const int apart = POINTS / radix;
            ROLLED for (int i = ITEM; i < POINTS; i += ITEMS) {
                const int first = i % apart, k = i / apart, p = first / before, q = first % before;
                VEC re = from[2 * first], im = from[2 * first + 1];
                int turns = 0;
                #pragma unroll 1
                for (int j = 1; j < radix; ++j) {
                    turns += turns + k < radix ? k : k - radix;
                    ROOT(c, s, turns * (N / radix))
                    const MEMORY VEC* next = from + 2 * (first + j * apart);
                    re += next[0] * c - next[1] * s;
                    im += next[0] * s + next[1] * c;
                }
                GIVE(radix, k, re, im)
            }
        }
#endif
        before *= radix;
        MEMORY VEC* turned = from;
        from = to;
        to = turned;
        MEET
    }
#if INVERSE
    ROLLED for (int j = ITEM; j < N; j += ITEMS) {
        const int is_inside = j >= FIRST && j < FIRST + WIDTH;
        if (SQUARES && is_inside)
            continue;
        const float factor = is_inside ? FACTOR(j) : 0.0f;
        for (int lane = 0; lane < lanes; ++lane)
            STORE1(y, AT_y(b, (frame0 + lane), j, 0, 0, 0), factor * LANE_OF(SAMPLE(j), lane));
    }
#if SQUARES
    for (int at = 0; at < WIDTH; at += VW) {
        const int begin = min(at, WIDTH - VW);
        const VEC factor = *(const vec_anywhere*)(factors + begin);
        VEC square[VW], turned[VW];
        UNROLL for (int j = 0; j < VW; ++j)
            square[j] = SAMPLE(FIRST + begin + j);
        turn_lanes((float*)turned, VW, (const float*)square, VW);
        UNROLL for (int lane = 0; lane < VW; ++lane)
            if (lane < lanes)
                STOREV(y, AT_y(b, (frame0 + lane), (FIRST + begin), 0, 0, 0), factor * turned[lane]);
    }
#endif
#else
#if HALVED
    ROLLED for (int k = ITEM; k <= POINTS / 2; k += ITEMS) {
        const int other = (POINTS - k) % POINTS;
        const VEC s_re = from[2 * k] + from[2 * other], s_im = from[2 * k + 1] - from[2 * other + 1];
        const VEC d_re = from[2 * k] - from[2 * other], d_im = from[2 * k + 1] + from[2 * other + 1];
        ROOT(c, s, k)
        const VEC t_re = d_re * s + d_im * c, t_im = d_im * s - d_re * c;
        GIVE_BIN(k, s_re + t_re, s_im + t_im)
        GIVE_BIN(POINTS - k, s_re - t_re, t_im - s_im)
#if BINS > POINTS + 1
        if (k) {
            GIVE_BIN(N - k, s_re + t_re, -s_im - t_im)
            GIVE_BIN(POINTS + k, s_re - t_re, s_im - t_im)
        }
#endif
    }
#else
    ROLLED for (int k = ITEM; k < BINS; k += ITEMS)
        GIVE_BIN(k, from[2 * k], from[2 * k + 1])
#endif
#endif
    MEET
    }
}
)CLC"sv;

inline constexpr text_names fourier_names{"roots_of",
    "HALVED POINTS HAS TURN SCALED ROLLED ROOT FACTOR MEMORY ITEMS ITEM MEET EACH_BUTTERFLY END_BUTTERFLY LANE_OF "
    "GATHER SAMPLE SQUARES PAIRS TAKE GIVE GIVE_PAIR TAKE_PAIRS TAKE_BIN "
    "GIVE_PAIRS GIVE_BIN"};

inline constexpr std::string_view fourier_reach = R"CLC(
REQUIRE(N >= 1 && N <= 16384 && R0 >= 1 && R1 >= 1 && R2 >= 1 && R3 >= 1 && R4 >= 1 && R5 >= 1);
REQUIRE(R6 >= 1 && R7 >= 1 && R8 >= 1 && R9 >= 1);
REQUIRE(R0 * R1 * R2 * R3 * R4 * R5 * R6 * R7 * R8 * R9 == (N % 2 == 0 ? N / 2 : N));
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
    {optional_arguments, fourier_arguments, turn_lanes_text, fourier_text},
    {optional_arguments, fourier_arguments, fourier_reach},
    {&prelude_names, &optional_arguments_names, &turn_lanes_names, &fourier_names}};

}  // namespace lamina::kernels
