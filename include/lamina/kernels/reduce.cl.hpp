// SPDX-License-Identifier: Apache-2.0
// Mean, sum, maximum, minimum or product over some axes; one work-item or work-group an output element.
#pragma once
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/reduce_words.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view reduce_arguments = R"CLC(
#define ARGS IN(x), OUT(y) EPILOGUE_ARGS
)CLC"sv;

//   COUNT        elements are reduced
//   INNER(k)     declares j0 ... j5, the input's coordinates of the k-th of them
// Sums are made of runs of 256 (a bound on the error of 512 units in the last place and not COUNT).
inline constexpr std::string_view reduce_text = R"CLC(
KERNEL(reduce) {
    OPEN(x);
    OPEN(y);
    EPILOGUE_OPEN
    ELEMENT
    float v = START;
    for (int run = PART; run < COUNT; run += 256 * PARTS) {
        float part = START;
        for (int k = run; k < min(COUNT, run + 256 * PARTS); k += PARTS) {
            INNER(k)
            const float value = LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5));
            TAKE(part, value);
        }
        TAKE(v, part);
    }
#if PARTS > 1
    __local float shared[PARTS];
    shared[PART] = v;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int other = PARTS / 2; other > 0; other /= 2) {
        if (PART < other) {
            v = shared[PART];
            const float value = shared[PART + other];
            TAKE(v, value);
            shared[PART] = v;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (PART > 0)
        return;
    v = shared[0];
#endif
#if KIND == 0
    v /= (float)COUNT;
#endif
    EPILOGUE(v, i0, i1, i2, i3, i4, i5)
    STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
}
)CLC"sv;

inline constexpr std::string_view reduce_reach = R"CLC(
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
)CLC"sv;

inline constexpr kernel_text reduce_kernel{"reduce",
    {optional_arguments, reduce_arguments, reduce_words_text, reduce_text},
    {optional_arguments, reduce_arguments, reduce_reach},
    {&prelude_names, &optional_arguments_names, &reduce_words_names}};

}  // namespace lamina::kernels
