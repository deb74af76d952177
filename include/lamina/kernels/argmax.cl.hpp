// SPDX-License-Identifier: Apache-2.0
// The first index of the greatest value along an axis; one work-item or work-group a line.
#pragma once
#include <string_view>

namespace lamina::kernels {

//   COUNT        elements of a line; LINE_x(k): where its k-th lies
inline constexpr std::string_view argmax_text = R"CLC(
/* is (v, i) to be chosen before (most, best)? nothing is above a NaN */
inline int is_before(float v, int i, float most, int best) {
    if (v != v || most != most)
        return v != v && (most == most || i < best);
    return v > most || (v == most && i < best);
}

__kernel void argmax(IN(x), OUT_INDICES(y) NUMBERS) {
    OPEN(x);
    OPEN(y);
    ELEMENT
    int best = PART < COUNT ? PART : 0;
    float most = LOAD1(x, LINE_x(best));
    for (int k = PART + PARTS; k < COUNT; k += PARTS) {
        const float v = LOAD1(x, LINE_x(k));
        if (is_before(v, k, most, best)) {
            most = v;
            best = k;
        }
    }
#if PARTS > 1
    __local float values[PARTS];
    __local int places[PARTS];
    values[PART] = most;
    places[PART] = best;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int other = PARTS / 2; other > 0; other /= 2) {
        if (PART < other
            && is_before(values[PART + other], places[PART + other], values[PART], places[PART])) {
            values[PART] = values[PART + other];
            places[PART] = places[PART + other];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (PART > 0)
        return;
    best = places[0];
#endif
    y[AT_y(i0, i1, i2, i3, i4, i5)] = best;
}
)CLC";

} // namespace lamina::kernels
