// SPDX-License-Identifier: Apache-2.0
// Layer and rms normalisation over a dense last axis on vector units of 16 floats: the `cpu` class.
#pragma once
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/lanes16.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view norm_rows_arguments = R"CLC(
#define ARGS IN(x) SCALE_ARG(w) BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
)CLC"sv;

// A row is read three times, twice from L1: for its mean, its variance about the mean, its result.
//   CENTRED 0|1  the mean is taken away (not rms); EPS: float bits; SCALE, BIAS 0|1
//   R, COLUMNS   rows x columns; XS_R, YS_R strides of rows; TAIL: columns behind the last vector
// Launch   global (R / ROWS, 1, 1), work-groups of one
inline constexpr std::string_view norm_rows_text = R"CLC(
GROUP_OF(1) KERNEL(norm_rows) {
    OPEN(x);
    OPEN(y);
    SCALE_OPEN(w)
    BIAS_OPEN(b)
    EPILOGUE_OPEN
    const int first = get_global_id(0) * ROWS, full = COLUMNS - TAIL;
    for (int row = first; row < min(R, first + ROWS); ++row) {
        __global const real* from = x + row * XS_R;
        float mean = 0.0f;
#if CENTRED
        float16 part = (float16)(0.0f), other = (float16)(0.0f);
        int c = 0;
        for (; c + 32 <= full; c += 32) {
            part += LOADV(from, c);
            other += LOADV(from, c + 16);
        }
        for (; c < full; c += 16)
            part += LOADV(from, c);
        mean = sum_of(part + other);
        for (; c < COLUMNS; ++c)
            mean += LOAD1(from, c);
        mean /= (float)COLUMNS;
#endif
        float16 square = (float16)(0.0f), more = (float16)(0.0f);
        int k = 0;
        for (; k + 32 <= full; k += 32) {
            const float16 off = LOADV(from, k) - mean, away = LOADV(from, k + 16) - mean;
            square = fma(off, off, square);
            more = fma(away, away, more);
        }
        for (; k < full; k += 16) {
            const float16 off = LOADV(from, k) - mean;
            square = fma(off, off, square);
        }
        float variance = sum_of(square + more);
        for (; k < COLUMNS; ++k) {
            const float off = LOAD1(from, k) - mean;
            variance += off * off;
        }
        const float factor = 1.0f / sqrt(variance / (float)COLUMNS + as_float(EPS));
        for (k = 0; k < full; k += 16) {
            float16 v = (LOADV(from, k) - mean) * factor;
#if SCALE
            v *= LOADF(w, k);
#endif
#if BIAS
            v += LOADF(b, k);
#endif
            EPILOGUE(v, row, k)
            STOREV(y, row * YS_R + k, v);
        }
#if TAIL
        float16 v = (gather_real(from + k, 1, TAIL) - mean) * factor;
#if SCALE
        v *= gather_float(w + k, 1, TAIL);
#endif
#if BIAS
        v += gather_float(b + k, 1, TAIL);
#endif
        EPILOGUE(v, row, k)
        float lanes[16];
        vstore16(v, 0, lanes);
        for (int i = 0; i < TAIL; ++i)
            STORE1(y, row * YS_R + k + i, lanes[i]);
#endif
    }
}
)CLC"sv;

inline constexpr std::string_view norm_rows_reach = R"CLC(
REQUIRE(VW == 16 && ROWS >= 1 && TAIL == COLUMNS % 16);
const int last_row = get_global_id(0) * ROWS + ROWS;
#if SCALE
READ(w, 0, COLUMNS);
#endif
#if BIAS
READ(b, 0, COLUMNS);
#endif
EACH(row, 0, R) {
    READ(x, row * XS_R, COLUMNS);
    EACH(block, 0, (COLUMNS + 15) / 16) APART(block) {
        const int column = block * 16;
        float v = 0;
        EPILOGUE(v, row, column)
        WRITE(y, row * YS_R + column, min(16, COLUMNS - column));
    }
}
)CLC"sv;

inline constexpr kernel_text norm_rows_kernel{"norm_rows",
    {optional_arguments, norm_rows_arguments, lanes16_text, norm_rows_text},
    {optional_arguments, norm_rows_arguments, norm_rows_reach},
    {&prelude_names, &optional_arguments_names, &lanes16_names}};

}  // namespace lamina::kernels
