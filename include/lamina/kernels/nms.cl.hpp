// SPDX-License-Identifier: Apache-2.0
// Greedy choice of boxes: again and again the best score that is left; one work-item or work-group a line of
// scores. There is no memory for what is left: a round looks through the line for the next one in order.
#pragma once
#include <lamina/kernels/overlap.cl.hpp>
#include <lamina/kernels/topk.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view nms_arguments = R"CLC(
#if BOX_FLOAT
#define NMS_BOXES VECTOR(x)
#else
#define NMS_BOXES IN(x)
#endif
#if CLASSES
#define NMS_CLASSES , INDICES(c)
#else
#define NMS_CLASSES
#endif
#if COUNTED
#define NMS_COUNT , OUT_INDICES(n)
#else
#define NMS_COUNT
#endif
#define ARGS NMS_BOXES, IN(s) NMS_CLASSES, OUT(y) INDEX_ARG(at) NMS_COUNT
)CLC"sv;

//   COUNT        scores of a line; MOST: how many are chosen at most
//   THRESHOLD, LEAST  float bits: of overlaps (METHOD 2: sigma), of scores
//   METHOD 0 those that overlap are left out, 1 their scores are multiplied by 1 - overlap, 2 all by
//                exp(-overlap^2 / sigma)
//   CLASSES 1    boxes whose c differ do not meet
//   INDEX 1      places of the chosen are wanted in `at`; COUNTED 1: their number in n
inline constexpr std::string_view nms_text = R"CLC(
#if CLASSES
#define NMS_MEET(i, j) (c[AT_c(i0, (i), 0, 0, 0, 0)] == c[AT_c(i0, (j), 0, 0, 0, 0)])
#else
#define NMS_MEET(i, j) 1
#endif

KERNEL(nms) {
    OPEN(x);
    OPEN(s);
#if CLASSES
    OPEN(c);
#endif
    OPEN(y);
    INDEX_OPEN(at)
#if COUNTED
    OPEN(n);
#endif
    ELEMENT
#if PARTS > 1
    __local float values[PARTS];
    __local int places[PARTS];
    __local int chosen[MOST];
    __local int hits[PARTS];
#else
    int chosen[MOST];
#endif
    const float threshold = as_float(THRESHOLD), least = as_float(LEAST);
    float own[5], other[5];
    int count = 0, last_at = -1;
    float last = 0.0f;
    bool more = true;
    for (int round = 0; more && round < COUNT; ++round) {
        float most = 0.0f;
        int best = -1;
        for (int i = PART; i < COUNT; i += PARTS) {
            float v = LOAD1(s, AT_s(i0, i1, i, 0, 0, 0));
            if (!(v > least) || (best >= 0 && !stands_before(v, i, most, best)))
                continue;
#if METHOD == 0
            if (last_at >= 0 && !stands_before(last, last_at, v, i))
                continue;
#else
            bool taken = false;
            NMS_LOAD(own, i)
            for (int k = 0; k < count && !taken; ++k) {
                const int j = chosen[k];
                taken = j == i;
                if (taken || !NMS_MEET(i, j))
                    continue;
                NMS_LOAD(other, j)
                const float o = nms_overlap(own, other);
#if METHOD == 1
                if (o > threshold)
                    v *= 1.0f - o;
#else
                v *= exp(-o * o / threshold);
#endif
            }
            if (taken || !(v > least) || (best >= 0 && !stands_before(v, i, most, best)))
                continue;
#endif
            most = v;
            best = i;
        }
#if PARTS > 1
        FIRST_OF_PARTS(values, places, most, best)
#endif
        int hit = 0;
#if METHOD == 0
        if (best >= 0) {
            NMS_LOAD(own, best)
            for (int k = PART; k < count && !hit; k += PARTS) {
                if (!NMS_MEET(best, chosen[k]))
                    continue;
                NMS_LOAD(other, chosen[k])
                hit = nms_overlap(own, other) > threshold ? 1 : 0;
            }
        }
#if PARTS > 1
        hits[PART] = hit;
        barrier(CLK_LOCAL_MEM_FENCE);
        hit = 0;
        for (int part = 0; part < PARTS; ++part)
            hit |= hits[part];
#endif
#endif
#if PARTS > 1
        barrier(CLK_LOCAL_MEM_FENCE);
#endif
        if (best >= 0 && !hit) {
            if (PART == 0) {
                chosen[count] = best;
                STORE1(y, AT_y(i0, i1, count, 0, 0, 0), most);
#if INDEX
                at[AT_at(i0, i1, count, 0, 0, 0)] = best;
#endif
            }
            ++count;
        }
#if PARTS > 1
        barrier(CLK_LOCAL_MEM_FENCE);
#endif
        last = most;
        last_at = best;
        more = best >= 0 && count < MOST;
    }
    for (int k = count + PART; k < MOST; k += PARTS) {
        STORE1(y, AT_y(i0, i1, k, 0, 0, 0), 0.0f);
#if INDEX
        at[AT_at(i0, i1, k, 0, 0, 0)] = -1;
#endif
    }
#if COUNTED
    if (PART == 0)
        n[AT_n(i0, i1, 0, 0, 0, 0)] = count;
#endif
    (void)last;
    (void)last_at;
}
)CLC"sv;

inline constexpr text_names nms_names{"", "NMS_BOXES NMS_CLASSES NMS_COUNT NMS_MEET"};

inline constexpr std::string_view nms_reach = R"CLC(
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
REQUIRE(MOST >= 1);
EACH(i, 0, COUNT) {
    EACH(k, 0, FORM < 2 ? 4 : 5) LOAD1(x, AT_x(i0, i, k, 0, 0, 0));
    LOAD1(s, AT_s(i0, i1, i, 0, 0, 0));
#if CLASSES
    READ(c, AT_c(i0, i, 0, 0, 0, 0), 1);
#endif
}
EACH(k, 0, MOST) {
    STORE1(y, AT_y(i0, i1, k, 0, 0, 0), 0);
#if INDEX
    WRITE(at, AT_at(i0, i1, k, 0, 0, 0), 1);
#endif
}
#if COUNTED
WRITE(n, AT_n(i0, i1, 0, 0, 0, 0), 1);
#endif
)CLC"sv;

inline constexpr kernel_text nms_kernel{"nms",
    {optional_arguments, nms_arguments, order_text, first_of_parts_text, overlap_text, nms_text},
    {optional_arguments, nms_arguments, nms_reach},
    {&prelude_names, &optional_arguments_names, &order_names, &first_of_parts_names, &overlap_names,
        &nms_names}};

}  // namespace lamina::kernels
