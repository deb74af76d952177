// SPDX-License-Identifier: Apache-2.0
// Rows times weights of 4 or 8 bits in groups, for the `gpu` class: linear layers of any number of rows.
#pragma once
#include <lamina/kernels/group_words.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

// Weights lie in panels of 32 columns (group_words.cl.hpp). A work-group computes TR rows of a panel: its KL
// work-items of each column take every KL-th group and add up what they have in local memory. VW is 1.
// WORDS words of an output, then REST numbers; GROUP inputs a group, GROUPS of them.
// Launch   (COLUMNS, R), tile (32, TR), local (32 * KL, 1).
inline constexpr std::string_view matvec_groups_text = R"CLC(
#if ZEROS
#define VALUE(i) (float)(NUMBER(word, i) - from_zero)
#else
#define VALUE(i) (float)NUMBER(word, i)
#endif
#define ADD_PRODUCTS(k, i)                                             \
    {                                                                  \
        const float one = VALUE(i);                                    \
        _Pragma("unroll") for (int r = 0; r < TR; ++r)                 \
            sum[r] = fma(LOAD1(x, min(row + r, R - 1) * XS_R + (k)), one, sum[r]); \
    }

GROUP_OF(32 * KL) KERNEL(matvec_groups) {
    __local float parts[TR * KL * 32];
    OPEN(x);
    OPEN(w);
    OPEN(scale);
    ZERO_OPEN
    BIAS_OPEN(b)
    OPEN(y);
    EPILOGUE_OPEN
    const int lane = get_local_id(0) % 32, part = get_local_id(0) / 32;
    const int panel = get_group_id(0), row = get_group_id(1) * TR;
    const int column = panel * 32 + lane;
    __global const int* words = (__global const int*)w + (size_t)panel * ((WORDS + (REST > 0)) * 32);
    float acc[TR];
    _Pragma("unroll") for (int r = 0; r < TR; ++r)
        acc[r] = 0.0f;
    for (int group = part; group < GROUPS; group += KL) {
        const int of_group = (panel * GROUPS + group) * 32 + lane;
        const int last = min(WORDS, (group + 1) * (GROUP / PER));
        float sum[TR];
        _Pragma("unroll") for (int r = 0; r < TR; ++r)
            sum[r] = 0.0f;
#if ZEROS
        const int from_zero = zero[of_group];
#endif
        for (int at = group * (GROUP / PER); at < last; ++at) {
            const int word = words[at * 32 + lane];
            _Pragma("unroll") for (int i = 0; i < PER; ++i)
                ADD_PRODUCTS(at * PER + i, i)
        }
#if REST
        if (group == GROUPS - 1) {
            const int word = words[WORDS * 32 + lane];
            _Pragma("unroll") for (int i = 0; i < REST; ++i)
                ADD_PRODUCTS(WORDS * PER + i, i)
        }
#endif
        const float by = scale[of_group];
        _Pragma("unroll") for (int r = 0; r < TR; ++r)
            acc[r] = fma(by, sum[r], acc[r]);
    }
    _Pragma("unroll") for (int r = 0; r < TR; ++r)
        parts[(r * KL + part) * 32 + lane] = acc[r];
    barrier(CLK_LOCAL_MEM_FENCE);
    if (column < COLUMNS)
        for (int r = part; r < TR; r += KL) {
            if (row + r >= R)
                break;
            VEC v = parts[r * KL * 32 + lane];
            for (int other = 1; other < KL; ++other)
                v += parts[(r * KL + other) * 32 + lane];
#if BIAS
            v += b[column];
#endif
            EPILOGUE(v, (row + r), column)
            STOREV(y, (row + r) * YS_R + column, v);
        }
}
)CLC"sv;

inline constexpr std::string_view matvec_groups_reach = R"CLC(
REQUIRE(VW == 1 && KL >= 1 && TR >= 1 && R >= 1 && COLUMNS >= 1);
REQUIRE((BITS == 4 || BITS == 8) && REST >= 0 && REST < PER);
REQUIRE(GROUP >= PER && GROUP % PER == 0 && WORDS * PER + REST <= GROUPS * GROUP);
EACH(panel, 0, (COLUMNS + 31) / 32) {
    EACH(word, 0, WORDS + (REST > 0))
        READ(w, ((size_t)panel * (WORDS + (REST > 0)) + word) * 128, 128);
    EACH(group, 0, GROUPS) {
        READ(scale, (panel * GROUPS + group) * 32, 32);
#if ZEROS
        READ(zero, (panel * GROUPS + group) * 32, 32);
#endif
    }
}
EACH(row, 0, R) {
    READ(x, row * XS_R, WORDS * PER + REST);
    EACH(column, 0, COLUMNS) {
        float v = 0;
#if BIAS
        READ(b, column, 1);
#endif
        EPILOGUE(v, row, column)
        STOREV(y, row * YS_R + column, v);
    }
}
)CLC"sv;

inline constexpr kernel_text matvec_groups_kernel{"matvec_groups",
    {optional_arguments, group_words_arguments, group_words_text, matvec_groups_text},
    {optional_arguments, group_words_arguments, matvec_groups_reach}};

}  // namespace lamina::kernels
