// SPDX-License-Identifier: Apache-2.0
// softmax(q k^T scale + mask) v with the scores never stored; one work-item or work-group per query.
#pragma once
#include <lamina/kernels/attention_limits.cl.hpp>
#include <lamina/kernels/attention_mma.cl.hpp>
#include <lamina/kernels/attention_tiled.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/mma.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view attention_arguments = R"CLC(
#define ARGS IN(q), IN(k), IN(v) MASK_ARG FROM_ARG UNTIL_ARG, OUT(y)
)CLC"sv;

// Keys are taken KEYS at a time: their scores, then the running maximum, sum and average are
// brought up to date (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax").
//   DEPTH, WIDTH     columns of q and k, and of v; LENGTH: keys; SCALE: float bits
//   MASK 0|1; CAUSAL of tiles, which know no other limits (attention_limits.cl.hpp); MASK_FLOAT 1: the mask is float whatever HALF says; QUERY: number of the row
//   LINE_q(d), AT_k(row, d)... each family's own: KEY_AT(s, d), VALUE_AT(s, e), MASK_AT(s)
inline constexpr std::string_view attention_text = R"CLC(
#if !defined(MMA) && !defined(TILED)
#define OWN ((WIDTH + PARTS - 1) / PARTS)

KERNEL(attention) {
    OPEN(q);
    OPEN(k);
    OPEN(v);
    MASK_OPEN
    FROM_OPEN
    UNTIL_OPEN
    OPEN(y);
    ELEMENT
    TAKE_LIMITS
#if PARTS > 1
    __local float shared[PARTS];
    __local float scores[KEYS];
#else
    float scores[KEYS];
#endif
    float average[OWN];
    for (int e = 0; e < OWN; ++e)
        average[e] = 0.0f;
    float most = -INFINITY, sum = 0.0f;
    const int place = PLACE_OF(QUERY), keys = END_OF(place);
    (void)place;
    /* No test stands before the first turn, which finds nothing where there is no key: with one, a loop
       of one turn is an `if` around barriers, which PoCL 5.0 cannot compile. */
    int first = BEGIN_OF(place);
    do {
        const int here = min(KEYS, keys - first);
        float greatest = most;
        for (int j = PART; j < here; j += PARTS) {
            float score = 0.0f;
            for (int d = 0; d < DEPTH; ++d)
                score += LOAD1(q, QUERY_AT(d)) * LOAD1(k, KEY_AT((first + j), d));
            score *= as_float(SCALE);
#if MASK
            score += LOAD_MASK(MASK_AT((first + j)));
#endif
            scores[j] = score;
            greatest = fmax(greatest, score);
        }
        greatest = GROUP_MAX(greatest);
        /* all keys up to here masked: nothing to average yet */
        const float shift = greatest == -INFINITY ? 0.0f : greatest;
        const float keep = exp(most - shift);
        most = greatest;
        float more = 0.0f;
        for (int j = PART; j < here; j += PARTS) {
            scores[j] = exp(scores[j] - shift);
            more += scores[j];
        }
        sum = sum * keep + GROUP_SUM(more);
        for (int e = 0; e < OWN; ++e) {
            const int column = e * PARTS + PART;
            if (column < WIDTH) {
                float mixed = average[e] * keep;
                for (int j = 0; j < here; ++j)
                    mixed += scores[j] * LOAD1(v, VALUE_AT((first + j), column));
                average[e] = mixed;
            }
        }
#if PARTS > 1
        barrier(CLK_LOCAL_MEM_FENCE);
#endif
        first += KEYS;
    } while (first < keys);
    sum = sum == 0.0f ? 1.0f : sum; /* every key masked: the average of nothing is 0 */
    for (int e = 0; e < OWN; ++e) {
        const int column = e * PARTS + PART;
        if (column < WIDTH)
            STORE1(y, LINE_y(column), average[e] / sum);
    }
}
#endif
)CLC"sv;

inline constexpr text_names attention_names{"", "OWN"};

inline constexpr std::string_view attention_reach = R"CLC(
#ifndef BY_TILES
ELEMENT
READ_LIMITS
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
)CLC"sv;

inline constexpr kernel_text attention_kernel{"attention",
    {optional_arguments, attention_limits_text, attention_arguments, mma_text, attention_text,
        attention_mma_text, attention_tiled_text},
    {optional_arguments, attention_limits_reach, attention_arguments, attention_by_tiles_reach,
        attention_reach},
    {&prelude_names, &optional_arguments_names, &attention_limits_names, &attention_names}};

}  // namespace lamina::kernels
