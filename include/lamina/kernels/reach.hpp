// SPDX-License-Identifier: Apache-2.0
// How far each family reaches into its buffers: what its kernel does with addresses, and nothing else.
// Data for the verifier (plan/reach.hpp), which computes it for all work-items at once when a plan is
// loaded. Whoever changes where a kernel reads or writes changes its text here too; a test compares
// both on every recorded network.
#pragma once
#include <lamina/kernels/reach_vectors.hpp>

#include <string_view>

namespace lamina::kernels {

// The C of a kernel, with these differences:
//   ARGS ...            the buffer arguments, as in the kernel's signature
//   EACH(k, low, high)  a loop over k = low ... high - 1, in any steps
//   APART(k)            the statement behind it once for the greatest k and once for the others, where
//                       the last block of channels is not like them
//   ANY(low, high)      a number that the kernel keeps between them, both included
//   READ(p, i, n), WRITE(p, i, n)   n elements from i on; LOAD1, LOADV, STOREV, ... as in the prelude
//   ARRAY(name, n);     memory of the work-item's or the group's own
//   REQUIRE(test);      what must hold for the rest to be true
//   STEP(bits, n)       true if n times this float is a number that an int holds
// Values of elements are not known: what they decide must be written with ANY.

inline constexpr std::string_view argmax_reach = R"CLC(
ARGS IN(x), OUT_INDICES(y)
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
LOAD1(x, LINE_x(0));
EACH(k, 0, COUNT) LOAD1(x, LINE_x(k));
WRITE(y, AT_y(i0, i1, i2, i3, i4, i5), 1);
)CLC";

inline constexpr std::string_view attention_reach = R"CLC(
#if MASK && MASK_FLOAT
#define MASK_ARG , VECTOR(mask)
#elif MASK
#define MASK_ARG , IN(mask)
#else
#define MASK_ARG
#endif
ARGS IN(q), IN(k), IN(v) MASK_ARG, OUT(y)
#ifndef MMA /* the way of matrix units is not stated yet */
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
REQUIRE(KEYS >= 1 && WIDTH >= 1);
EACH(d, 0, DEPTH) {
    LOAD1(q, QUERY_AT(d));
    EACH(s, 0, LENGTH) LOAD1(k, KEY_AT(s, d));
}
EACH(s, 0, LENGTH) {
#if MASK
    LOAD1(mask, MASK_AT(s));
#endif
    EACH(column, 0, WIDTH) LOAD1(v, VALUE_AT(s, column));
}
EACH(column, 0, WIDTH) STORE1(y, LINE_y(column), 0);
#endif
)CLC";

inline constexpr std::string_view conv_any_reach = R"CLC(
#if X_FLOAT
#define INPUT(x) VECTOR(x)
#else
#define INPUT(x) IN(x)
#endif
#if BIAS
#define BIAS_ARG , VECTOR(b)
#else
#define BIAS_ARG
#endif
ARGS INPUT(x), WEIGHTS(w) BIAS_ARG, OUT(y) EPILOGUE_ARGS
#if PIXELS
PIXEL
const int o = FIRST_CHANNEL;
#else
ELEMENT
const int o = i1;
#endif
float v = 0;
#if BIAS
LOADF(b, o);
#endif
#if GROUPED
const int first = o / OG * CG;
#else
const int first = 0;
#endif
REQUIRE(STRIDE_H >= 1 && STRIDE_W >= 1);
const int top = i2 * STRIDE_H - PAD_TOP + (KH - 1) * DILATION_H;
const int left = i3 * STRIDE_W - PAD_LEFT + (KW - 1) * DILATION_W;
EACH(tap, 0, KH * KW) EACH(c, 0, CG)
    LOADV(w, (size_t)(o / VW) * (KH * KW * CG * VW) + (tap * CG + c) * VW);
EACH(row, 0, X_H) EACH(column, 0, X_W)
#if DEPTHWISE
    LOADV(x, AT_x(i0, o, row, column, 0, 0));
#else
    EACH(c, 0, CG) READ(x, AT_x(i0, (first + c), row, column, 0, 0), 1);
#endif
#if PIXELS
APART(i1) { EPILOGUE(v, i0, i1, i2, i3) }
STOREV(y, AT_PIXEL, v);
#else
EPILOGUE(v, i0, i1, i2, i3, i4, i5)
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
#endif
)CLC";

inline constexpr std::string_view embedding_reach = R"CLC(
ARGS INDICES(x), WEIGHTS(w), OUT(y) EPILOGUE_ARGS
ELEMENT
READ(x, AT_x(i0, i1, i2, i3, i4, i5), 1);
EACH(row, 0, ROWS) LOAD1(w, (size_t)row * WIDTH + COLUMN);
float v = 0;
EPILOGUE(v, i0, i1, i2, i3, i4, i5)
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
)CLC";

inline constexpr std::string_view flip_reach = R"CLC(
ARGS IN(x), OUT(y)
ELEMENT
LOAD1(x, AT_x(FROM0(i0), FROM1(i1), FROM2(i2), FROM3(i3), FROM4(i4), FROM5(i5)));
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), 0);
)CLC";

inline constexpr std::string_view matmul_reach = R"CLC(
#if BIAS
#define BIAS_ARG , VECTOR(c)
#else
#define BIAS_ARG
#endif
ARGS IN(a), IN(b) BIAS_ARG, OUT(y) EPILOGUE_ARGS
ELEMENT
EACH(k, 0, K) {
    LOAD1(a, i0 * A0 + i1 * A1 + i2 * A2 + i3 * A3 + i4 * A4 + i5 * A5 + k * AK);
    LOAD1(b, i0 * B0 + i1 * B1 + i2 * B2 + i3 * B3 + i4 * B4 + i5 * B5 + k * BK);
}
float v = 0;
#if BIAS
READ(c, COLUMN, 1);
#endif
EPILOGUE(v, i0, i1, i2, i3, i4, i5)
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
)CLC";

inline constexpr std::string_view norm_reach = R"CLC(
#if SCALE
#define SCALE_ARG , VECTOR(w)
#else
#define SCALE_ARG
#endif
#if BIAS
#define BIAS_ARG , VECTOR(b)
#else
#define BIAS_ARG
#endif
ARGS IN(x) SCALE_ARG BIAS_ARG, OUT(y) EPILOGUE_ARGS
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
EACH(k, 0, COUNT) {
    INNER(k)
    LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5));
#if SCALE
    READ(w, SLOT, 1);
#endif
#if BIAS
    READ(b, SLOT, 1);
#endif
    float v = 0;
    EPILOGUE(v, j0, j1, j2, j3, j4, j5)
    STORE1(y, AT_y(j0, j1, j2, j3, j4, j5), v);
}
#ifdef PADS
EACH(k, 0, PAD_COUNT) {
    PADS(k)
    STORE1(y, AT_y(j0, j1, j2, j3, j4, j5), 0);
}
#endif
)CLC";

inline constexpr std::string_view pad_reach = R"CLC(
ARGS IN(x), OUT(y)
ELEMENT
int j0 = i0 - BEFORE0, j1 = i1 - BEFORE1, j2 = i2 - BEFORE2;
int j3 = i3 - BEFORE3, j4 = i4 - BEFORE4, j5 = i5 - BEFORE5;
#if KIND == 0
if (j0 >= 0 && j0 < X_N0 && j1 >= 0 && j1 < X_N1 && j2 >= 0 && j2 < X_N2 && j3 >= 0
    && j3 < X_N3 && j4 >= 0 && j4 < X_N4 && j5 >= 0 && j5 < X_N5)
    LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5));
#else
#if KIND == 1
#define SOURCE(j, n) j = j < 0 ? -j : j; j = j >= n ? 2 * (n - 1) - j : j;
#else
#define SOURCE(j, n) j = clamp(j, 0, n - 1);
#endif
SOURCE(j0, X_N0)
SOURCE(j1, X_N1)
SOURCE(j2, X_N2)
SOURCE(j3, X_N3)
SOURCE(j4, X_N4)
SOURCE(j5, X_N5)
LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5));
#endif
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), 0);
)CLC";

inline constexpr std::string_view pointwise_reach = R"CLC(
ARGS OUT(y) EPILOGUE_ARGS
float v = 0;
#if ELEMENTS
ELEMENT
EPILOGUE(v, i0, i1, i2, i3, i4, i5)
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
#else
int rest = get_global_id(2);
const int i3 = rest % D3;
rest /= D3;
const int i2 = rest % D2;
rest /= D2;
const int i1 = rest % D1;
const int i0 = rest / D1;
if (i0 >= D0)
    return;
REQUIRE(RUN >= 1);
#if ALONG == 4
const int i5 = get_global_id(0) * VW;
if (i5 >= D5)
    return;
const int first = get_global_id(1) * RUN;
EACH(i4, first, min(first + RUN, D4)) {
#else
const int i4 = get_global_id(1);
if (i4 >= D4)
    return;
const int first = get_global_id(0) * RUN * VW;
EACH(step, 0, (min(first + RUN * VW, D5) + VW - 1) / VW) {
    const int i5 = step * VW;
#endif
#ifdef VALID
    APART(i0) APART(i1) APART(i2) APART(i3) APART(i4)
#endif
    {
    const int from = i0 * Y0 + i1 * Y1 + i2 * Y2 + i3 * Y3;
    EPILOGUE(v, i0, i1, i2, i3, i4, i5)
#if SCATTERS
#ifdef VALID
    const int stored = min(VW, VALID);
#else
    const int stored = VW;
#endif
    EACH(lane, 0, stored) STORE1(y, from + i4 * Y4 + lane * Y5, v);
#else
    STOREV(y, from + i4 * Y4 + i5 * Y5, v);
#endif
    }
}
#endif
)CLC";

inline constexpr std::string_view pool_reach = R"CLC(
ARGS IN(x), OUT(y) EPILOGUE_ARGS
PIXEL
#if SPLIT > 1
REQUIRE(get_local_id(1) < SPLIT && get_local_id(0) < SPLIT_LANES);
#endif
#if ADAPTIVE
REQUIRE(P_H >= 1 && P_W >= 1);
const int bottom = (i2 + 1) * X_H + P_H - 1, right = (i3 + 1) * X_W + P_W - 1;
REQUIRE(i2 < P_H && i3 < P_W);
#else
REQUIRE(DILATION_H >= 1 && DILATION_W >= 1);
const int top = i2 * STRIDE_H - PAD_TOP, left = i3 * STRIDE_W - PAD_LEFT;
#endif
EACH(row, 0, X_H) EACH(column, 0, X_W)
    LOADV(x, i0 * X_S0 + i1 * X_S1 + row * X_S2 + column * X_S3);
float v = 0;
APART(i1) { EPILOGUE(v, i0, i1, i2, i3) }
STOREV(y, AT_PIXEL, v);
)CLC";

inline constexpr std::string_view reduce_reach = R"CLC(
ARGS IN(x), OUT(y) EPILOGUE_ARGS
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
EACH(k, 0, COUNT) {
    INNER(k)
    LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5));
}
float v = 0;
EPILOGUE(v, i0, i1, i2, i3, i4, i5)
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
)CLC";

inline constexpr std::string_view softmax_reach = R"CLC(
ARGS IN(x), OUT(y)
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
EACH(k, 0, COUNT) {
    LOAD1(x, LINE_x(k));
    STORE1(y, LINE_y(k), 0);
}
)CLC";

struct reach_text {
    std::string_view family, text;
};

inline constexpr reach_text reaches[] = {
    {"argmax", argmax_reach},
    {"attention", attention_reach},
    {"conv2d_blocked", conv2d_blocked_reach},
    {"conv_any", conv_any_reach},
    {"depthwise_blocked", depthwise_blocked_reach},
    {"embedding", embedding_reach},
    {"flip", flip_reach},
    {"linear_blocked", linear_blocked_reach},
    {"matmul", matmul_reach},
    {"matmul_blocked", matmul_blocked_reach},
    {"norm", norm_reach},
    {"norm_rows", norm_rows_reach},
    {"pad", pad_reach},
    {"pointwise", pointwise_reach},
    {"pool", pool_reach},
    {"pool_blocked", pool_blocked_reach},
    {"reduce", reduce_reach},
    {"reduce_lanes", reduce_lanes_reach},
    {"softmax", softmax_reach},
    {"softmax_lanes", softmax_lanes_reach},
};

/// Empty for a family whose reach is not stated yet.
constexpr std::string_view find_reach(std::string_view family) {
    for (const reach_text& entry : reaches)
        if (entry.family == family) return entry.text;
    return {};
}

}  // namespace lamina::kernels
