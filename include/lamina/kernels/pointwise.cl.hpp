// SPDX-License-Identifier: Apache-2.0
// Chains of pointwise work without an anchor, and every copy between layouts (an empty chain).
#pragma once
#include <string_view>

namespace lamina::kernels {

// One work-item a vector of VW elements along the innermost axis of an iteration space of up to six
// axes D0..D5 (outermost first; planner-merged, unused ones are 1). The first operand e0 is loaded
// like every other by the epilogue, which begins with v = e0.
//   y[i0 Y0 + ... + i5 Y5] = EPILOGUE(i0, ..., i5)
// Launch   global (D5 / VW, D4, D0 D1 D2 D3).
// VALID    where the innermost axis is a channel block: lanes that exist; others become zero.
inline constexpr std::string_view pointwise_text = R"CLC(
__kernel void pointwise(OUT(y) EPILOGUE_ARGS NUMBERS) {
    OPEN(y);
    EPILOGUE_OPEN
    const int i5 = get_global_id(0) * VW;
    const int i4 = get_global_id(1);
    int rest = get_global_id(2);
    if (i5 >= D5 || i4 >= D4)
        return;
    const int i3 = rest % D3;
    rest /= D3;
    const int i2 = rest % D2;
    rest /= D2;
    const int i1 = rest % D1;
    const int i0 = rest / D1;
    if (i0 >= D0)
        return;
    VEC v = (VEC)(0.0f);
    EPILOGUE(v, i0, i1, i2, i3, i4, i5)
    STOREV(y, i0 * Y0 + i1 * Y1 + i2 * Y2 + i3 * Y3 + i4 * Y4 + i5 * Y5, v);
}
)CLC";

} // namespace lamina::kernels
