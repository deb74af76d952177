// SPDX-License-Identifier: Apache-2.0
// Matrix times weights of 4 or 8 bits in groups for the `cpu` class: linear layers of any number of rows.
#pragma once
#include <lamina/kernels/group_words.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/panels.cl.hpp>

#include <string_view>

namespace lamina::kernels {

// Weights lie in panels of OB blocks of 16 columns (group_words.cl.hpp). One work-item computes up to RB rows of
// CP panels, TR rows of PP panels at a time, which meet each word while its numbers are floats in registers:
//   y[r][o] = b[o] + sum over groups g of scale[g][o] * sum over k of g of x[r][k] * (w[k][o] - zero[g][o])
// With few rows it is bound by reading w once. The last TR rows of a tensor overlap those before them and store
// only their own; behind the last panel it is computed once more and not stored. A sum's products wait for each other,
// so one row needs PP panels at a time to reach the speed of memory, and words that are fetched ahead.
// WORDS words of an output, then REST numbers; GROUP inputs a group, GROUPS of them. TABLE 1: numbers of 4 bits become
// floats by a look-up among 16 lanes of a register, where the compiler has AVX-512; it reads the lowest 4 bits of each
// index, so that the bits above a number need no mask.
// Launch   global (R / RB, PANELS / CP, 1), work-groups of one. Tactic: TR <= R, RB, PP <= CP.
inline constexpr std::string_view linear_groups_text = R"CLC(
#define P (16 * OB)
#define BLOCKS (PP * OB)
typedef int16 words_anywhere __attribute__((aligned(4)));
/* the table and the zero points of more rows than 8 would not stay in registers */
#if TABLE && BITS == 4 && CPU && defined(__AVX512F__) && !(ZEROS && TR > 8)
#define LOOKS_UP 1
inline float16 look_up(float16 table, int16 index) {
    float16 found;
    __asm__("vpermps %1, %2, %0" : "=v"(found) : "v"(table), "v"(index));
    return found;
}
#define OPEN_TABLE                                                                         \
    const float16 table = (float16)(0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1);
#define AS_FLOATS(word, i) look_up(table, (word) >> BITS * (i))
#else
#define LOOKS_UP 0
#define OPEN_TABLE
#define AS_FLOATS(word, i) convert_float16(NUMBER(word, i))
#endif
#if ZEROS && LOOKS_UP
#define ZERO(v) convert_float16(v)
#define ZERO_LANES float16
#define VALUE(word, i, o) (AS_FLOATS(word, i) - zeros[o])
#elif ZEROS
#define ZERO(v) convert_int16(v)
#define ZERO_LANES int16
#define VALUE(word, i, o) convert_float16(NUMBER(word, i) - zeros[o])
#else
#define VALUE(word, i, o) AS_FLOATS(word, i)
#endif
/* a number of each row of the tile times number i of the words of input k */
#define ADD_PRODUCTS(k, i)                                        \
    {                                                             \
        float16 wv[BLOCKS];                                       \
        _Pragma("unroll") for (int o = 0; o < BLOCKS; ++o)        \
            wv[o] = VALUE(words[o], i, o);                        \
        _Pragma("unroll") for (int r = 0; r < TR; ++r) {          \
            const float16 one = (float16)(LOAD1(from, r * XS_R + (k))); \
            _Pragma("unroll") for (int o = 0; o < BLOCKS; ++o)    \
                sum[r][o] = fma(one, wv[o], sum[r][o]);           \
        }                                                         \
    }
/* 4 KB ahead in each panel: some 100 ns at the speed of memory */
#define LOAD_WORDS                                                \
    _Pragma("unroll") for (int o = 0; o < BLOCKS; ++o) {          \
        __global const char* const at = wp[o / OB] + ((size_t)word * OB + o % OB) * 64; \
        words[o] = *(__global const words_anywhere*)at;           \
        FETCH(at + 4096);                                         \
    }

/* scales and zero points of block o of the panels */
#define OF_GROUP(o) ((from_panel[(o) / OB] * GROUPS + group) * P + 16 * ((o) % OB))

GROUP_OF(1) KERNEL(linear_groups) {
    OPEN(x);
    OPEN(w);
    OPEN(scale);
    ZERO_OPEN
    BIAS_OPEN(b)
    OPEN(y);
    EPILOGUE_OPEN
    OWN_SHARE(R)
    OPEN_TABLE
    const int begin = get_global_id(0) * high, end = min(R, begin + high);
    const int panel_begin = get_global_id(1) * wide, panel_end = min(PANELS, panel_begin + wide);
    for (int panel = panel_begin; panel < panel_end; panel += PP) {
        int from_panel[PP];
        __global const char* wp[PP];
        _Pragma("unroll") for (int p = 0; p < PP; ++p) {
            from_panel[p] = min(panel + p, PANELS - 1);
            wp[p] = w + (size_t)from_panel[p] * ((WORDS + (REST > 0)) * 64 * OB);
        }
        for (int tile = begin; tile < end; tile += TR) {
            const int row = min(tile, R - TR);
            __global const real* from = x + row * XS_R;
            float16 acc[TR][BLOCKS];
            _Pragma("unroll") for (int o = 0; o < BLOCKS; ++o) {
                float16 start = (float16)(0.0f);
#if BIAS
                start = LOADF(b, (from_panel[o / OB] * OB + o % OB) * 16);
#endif
                _Pragma("unroll") for (int r = 0; r < TR; ++r)
                    acc[r][o] = start;
            }
            int word = 0;
            int16 words[BLOCKS];
            for (int group = 0; group < GROUPS; ++group) {
                const int last = min(WORDS, (group + 1) * (GROUP / PER));
                float16 sum[TR][BLOCKS];
                _Pragma("unroll") for (int r = 0; r < TR; ++r)
                    _Pragma("unroll") for (int o = 0; o < BLOCKS; ++o)
                        sum[r][o] = (float16)(0.0f);
#if ZEROS
                ZERO_LANES zeros[BLOCKS];
                _Pragma("unroll") for (int o = 0; o < BLOCKS; ++o)
                    zeros[o] = ZERO(vload16(0, zero + OF_GROUP(o)));
#endif
                for (; word < last; ++word) {
                    LOAD_WORDS
                    _Pragma("unroll") for (int i = 0; i < PER; ++i)
                        ADD_PRODUCTS(word * PER + i, i)
                }
#if REST
                if (group == GROUPS - 1) {
                    LOAD_WORDS
                    _Pragma("unroll") for (int i = 0; i < REST; ++i)
                        ADD_PRODUCTS(WORDS * PER + i, i)
                }
#endif
                _Pragma("unroll") for (int o = 0; o < BLOCKS; ++o) {
                    const float16 by = LOADF(scale, OF_GROUP(o));
                    _Pragma("unroll") for (int r = 0; r < TR; ++r)
                        acc[r][o] = fma(by, sum[r][o], acc[r][o]);
                }
            }
            _Pragma("unroll") for (int o = 0; o < BLOCKS; ++o) {
                const int column = (panel * OB + o) * 16;
                if (panel + o / OB >= panel_end || column >= COLUMNS)
                    break;
                _Pragma("unroll") for (int r = 0; r < TR; ++r) {
                    if (row + r < tile)
                        continue;
                    VEC v = acc[r][o];
                    STORE_COLUMNS(v, row + r, column)
                }
            }
        }
    }
}
)CLC"sv;

inline constexpr text_names linear_groups_names{"words_anywhere look_up",
    "P BLOCKS LOOKS_UP ZERO ZERO_LANES OPEN_TABLE AS_FLOATS VALUE ADD_PRODUCTS LOAD_WORDS OF_GROUP"};

inline constexpr std::string_view linear_groups_reach = R"CLC(
REQUIRE(VW == 16 && OB >= 1 && PP >= 1 && CP >= PP && TR >= 1 && RB >= TR && RB % TR == 0 && R >= TR);
REQUIRE(TAIL == COLUMNS % 16 && (BITS == 4 || BITS == 8) && REST >= 0 && REST < PER);
REQUIRE(GROUP >= PER && GROUP % PER == 0 && WORDS * PER + REST <= GROUPS * GROUP);
const int row_items = get_num_groups(0), panel_items = get_num_groups(1);
const int high = ((R + row_items - 1) / row_items + TR - 1) / TR * TR;
const int wide = (PANELS + panel_items - 1) / panel_items;
REQUIRE(high <= RB && wide <= CP);
EACH(panel, 0, PANELS) {
    EACH(word, 0, WORDS + (REST > 0))
        READ(w, ((size_t)panel * (WORDS + (REST > 0)) + word) * (64 * OB), 64 * OB);
    EACH(group, 0, GROUPS) {
        READ(scale, (panel * GROUPS + group) * (16 * OB), 16 * OB);
#if ZEROS
        READ(zero, (panel * GROUPS + group) * (16 * OB), 16 * OB);
#endif
    }
}
#if BIAS
EACH(block, 0, PANELS * OB) READ(b, block * 16, 16);
#endif
EACH(row, 0, R) {
    READ(x, row * XS_R, WORDS * PER + REST);
    STORED_COLUMNS(row)
}
)CLC"sv;

inline constexpr kernel_text linear_groups_kernel{"linear_groups",
    {optional_arguments, group_words_arguments, panels_text, group_words_text, linear_groups_text},
    {optional_arguments, group_words_arguments, panels_reach, linear_groups_reach},
    {&prelude_names, &optional_arguments_names, &group_words_names, &panels_names,
        &linear_groups_names}};

}  // namespace lamina::kernels
