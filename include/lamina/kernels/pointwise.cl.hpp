// SPDX-License-Identifier: Apache-2.0
// Chains of pointwise ops without an anchor, and every copy between layouts (an empty chain).
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view pointwise_arguments = R"CLC(
#define ARGS OUT(y) EPILOGUE_ARGS
)CLC"sv;

// Two ways through an iteration space:
//   ELEMENTS 0   a work-item takes RUN vectors of VW lanes, neighbours along D4 (ALONG 4) or D5, of
//                six axes D0 ... D5 (outermost first; merged by the planner, unused ones are 1);
//                the lanes lie along D5:
//                y[i0 Y0 + ... + i5 Y5] = EPILOGUE(i0, ..., i5); VALID lanes of a last channel
//                block exist, the others become zero. Launch (D5 / VW, D4, D0 D1 D2 D3), the axis
//                of the runs divided by RUN.
//                SCATTERS 1: lanes lie Y5 apart in y, and only VALID ones are stored.
//   ELEMENTS 1   one work-item per element, any layouts on both sides, through ELEMENT and AT_y.
// The first operand is loaded by the epilogue, which begins with v = e0.
inline constexpr std::string_view pointwise_text = R"CLC(
KERNEL(pointwise) {
    OPEN(y);
    EPILOGUE_OPEN
#if ELEMENTS
    ELEMENT
    VEC v = (VEC)(0);
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
    y += i0 * Y0 + i1 * Y1 + i2 * Y2 + i3 * Y3;
#if ALONG == 4
    const int i5 = get_global_id(0) * VW;
    const int first = get_global_id(1) * RUN, last = min(first + RUN, D4);
    if (i5 >= D5)
        return;
    for (int i4 = first; i4 < last; ++i4) {
#else
    const int i4 = get_global_id(1);
    const int first = get_global_id(0) * RUN * VW, last = min(first + RUN * VW, D5);
    if (i4 >= D4)
        return;
    for (int i5 = first; i5 < last; i5 += VW) {
#endif
        VEC v = (VEC)(0.0f);
        EPILOGUE(v, i0, i1, i2, i3, i4, i5)
#if SCATTERS
        float lanes[VW];
        *(vec_anywhere*)lanes = v;
#ifdef VALID
        const int stored = min(VW, VALID);
#else
        const int stored = VW;
#endif
        for (int lane = 0; lane < stored; ++lane)
            STORE1(y, i4 * Y4 + lane * Y5, lanes[lane]);
#else
#ifdef VALID
        v = KEEP(v, VALID);
#endif
        STOREV(y, i4 * Y4 + i5 * Y5, v);
#endif
    }
#endif
}
)CLC"sv;

inline constexpr std::string_view pointwise_reach = R"CLC(
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
)CLC"sv;

inline constexpr kernel_text pointwise_kernel{"pointwise",
    {optional_arguments, pointwise_arguments, pointwise_text},
    {optional_arguments, pointwise_arguments, pointwise_reach},
    {&prelude_names, &optional_arguments_names}};

}  // namespace lamina::kernels
