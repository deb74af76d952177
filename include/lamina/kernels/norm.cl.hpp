// SPDX-License-Identifier: Apache-2.0
// Layer, rms, group and instance normalisation; one work-item or work-group per set of elements. Not
// called normalize, which is a function of OpenCL C.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view norm_arguments = R"CLC(
#define ARGS IN(x) SCALE_ARG(w) BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
)CLC"sv;

//   CENTRED 0|1  the mean is taken away (not rms); EPS: float bits; SCALE, BIAS 0|1
//   COUNT        elements of a set; INNER(k): declares j0 ... j5, the k-th one's coordinates
//   SLOT         index of its weight and bias; PADS(k), PAD_COUNT: padding lanes to write, if any
// Sums are float and made of runs of 256; the variance is summed in a second pass about the mean.
inline constexpr std::string_view norm_text = R"CLC(
KERNEL(norm) {
    OPEN(x);
    OPEN(y);
    SCALE_OPEN(w)
    BIAS_OPEN(b)
    EPILOGUE_OPEN
    ELEMENT
#if PARTS > 1
    __local float shared[PARTS];
#endif
    float mean = 0.0f;
#if CENTRED
    for (int run = PART; run < COUNT; run += 256 * PARTS) {
        float part = 0.0f;
        for (int k = run; k < min(COUNT, run + 256 * PARTS); k += PARTS) {
            INNER(k)
            part += LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5));
        }
        mean += part;
    }
    mean = GROUP_SUM(mean) / (float)COUNT;
#endif
    float square = 0.0f;
    for (int run = PART; run < COUNT; run += 256 * PARTS) {
        float part = 0.0f;
        for (int k = run; k < min(COUNT, run + 256 * PARTS); k += PARTS) {
            INNER(k)
            const float off = LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5)) - mean;
            part += off * off;
        }
        square += part;
    }
    square = GROUP_SUM(square) / (float)COUNT;
    const float factor = 1.0f / sqrt(square + as_float(EPS));
    for (int k = PART; k < COUNT; k += PARTS) {
        INNER(k)
        float v = (LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5)) - mean) * factor;
#if SCALE
        v *= w[SLOT];
#endif
#if BIAS
        v += b[SLOT];
#endif
        EPILOGUE(v, j0, j1, j2, j3, j4, j5)
        STORE1(y, AT_y(j0, j1, j2, j3, j4, j5), v);
    }
#ifdef PADS
    for (int k = PART; k < PAD_COUNT; k += PARTS) {
        PADS(k)
        STORE1(y, AT_y(j0, j1, j2, j3, j4, j5), 0.0f);
    }
#endif
}
)CLC"sv;

inline constexpr std::string_view norm_reach = R"CLC(
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
EACH(k, 0, COUNT) {
    INNER(k)
    const int slot = SLOT;
    LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5));
#if SCALE
    READ(w, slot, 1);
#endif
#if BIAS
    READ(b, slot, 1);
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
)CLC"sv;

inline constexpr kernel_text norm_kernel{"norm", {optional_arguments, norm_arguments, norm_text},
    {optional_arguments, norm_arguments, norm_reach}, {&prelude_names, &optional_arguments_names}};

}  // namespace lamina::kernels
