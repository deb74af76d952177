// SPDX-License-Identifier: Apache-2.0
// Greedy choice of boxes: again and again the best score that is left; one work-item or work-group a line of
// scores. On CPUs what may be chosen waits in a heap; elsewhere there is no memory for it, and a round looks through
// the line for the next one in order.
#pragma once
#include <lamina/kernels/heap.cl.hpp>
#include <lamina/kernels/overlap.cl.hpp>

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
//   HEAP 1       COUNT scores and their places are in memory of the work-item's own, which has ROOM
//   CLASSES 1    boxes whose c differ do not meet
//   INDEX 1      places of the chosen are wanted in `at`; COUNTED 1: their number in n
inline constexpr std::string_view nms_text = R"CLC(
#if CLASSES
#define NMS_MEET(i, j) (c[AT_c(i0, (i), 0, 0, 0, 0)] == c[AT_c(i0, (j), 0, 0, 0, 0)])
#else
#define NMS_MEET(i, j) 1
#endif
/* a box meets sixteen of the chosen at a time */
#define SIXTEEN (HEAP && METHOD == 0 && FORM < 2)
#define SIXTEENS ((MOST + 15) / 16)
#define SIXTEEN_PLACES ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
/* as fmin and fmax: of a number and a NaN they are the number */
#define SIXTEEN_LEAST(v, w) select((v), (float16)(w), ((w) < (v)) | ((v) != (v)))
#define SIXTEEN_MOST(v, w) select((v), (float16)(w), ((w) > (v)) | ((v) != (v)))
#if METHOD == 1
#define NMS_WEAKEN(v, overlap)       \
    {                                \
        const float o_ = overlap;    \
        if (o_ > threshold)          \
            v *= 1.0f - o_;          \
    }
#else
#define NMS_WEAKEN(v, overlap)            \
    {                                     \
        const float o_ = overlap;         \
        v *= exp(-o_ * o_ / threshold);   \
    }
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
    int count = 0;
#if HEAP
    float values[ROOM];
    int places[ROOM];
#if METHOD
    int counted[ROOM]; /* chosen boxes that a value takes into account */
#endif
    int left = 0;
    for (int i = 0; i < COUNT; ++i) {
        const float v = LOAD1(s, AT_s(i0, i1, i, 0, 0, 0));
        if (!(v > least))
            continue;
        values[left] = v;
        places[left++] = i;
#if METHOD
        counted[i] = 0;
#endif
    }
    make_heap(values, places, left, 0);
#if SIXTEEN
    /* the chosen boxes: low and high corners, areas, classes */
    float16 low_x[SIXTEENS], low_y[SIXTEENS], high_x[SIXTEENS], high_y[SIXTEENS], areas[SIXTEENS];
#if CLASSES
    int16 kinds[SIXTEENS];
#endif
#endif
    while (left && count < MOST) {
        float v = values[0];
        const int best = places[0];
        NMS_LOAD(own, best)
#if METHOD == 0
        int hit = 0;
#if SIXTEEN
#if FORM == 0
        const float x0 = fmin(own[0], own[2]), x1 = fmax(own[0], own[2]);
        const float y0 = fmin(own[1], own[3]), y1 = fmax(own[1], own[3]);
#else
        const float x0 = own[0] - own[2] * 0.5f, x1 = own[0] + own[2] * 0.5f;
        const float y0 = own[1] - own[3] * 0.5f, y1 = own[1] + own[3] * 0.5f;
#endif
        const float area = (x1 - x0) * (y1 - y0);
        for (int k = 0; 16 * k < count && !hit; ++k) {
            const float16 wide = SIXTEEN_LEAST(high_x[k], x1) - SIXTEEN_MOST(low_x[k], x0);
            const float16 high = SIXTEEN_LEAST(high_y[k], y1) - SIXTEEN_MOST(low_y[k], y0);
            const float16 inside = SIXTEEN_MOST(wide, 0.0f) * SIXTEEN_MOST(high, 0.0f);
            const float16 all = area + areas[k] - inside;
            const float16 overlap = select((float16)(0.0f), inside / all, all > 0.0f);
            int16 hits = (overlap > threshold) & (SIXTEEN_PLACES < count - 16 * k);
#if CLASSES
            hits &= kinds[k] == c[AT_c(i0, best, 0, 0, 0, 0)];
#endif
            hit = any(hits);
        }
#else
        for (int k = 0; k < count && !hit; ++k) {
            if (!NMS_MEET(best, chosen[k]))
                continue;
            NMS_LOAD(other, chosen[k])
            hit = nms_overlap(own, other) > threshold;
        }
#endif
        const bool drop = hit;
#else
        /* scores only fall: what is first with all chosen boxes taken into account is the best */
        for (int k = counted[best]; k < count; ++k) {
            if (!NMS_MEET(best, chosen[k]))
                continue;
            NMS_LOAD(other, chosen[k])
            NMS_WEAKEN(v, nms_overlap(own, other))
        }
        const bool fell = v != values[0];
        counted[best] = count;
        values[0] = v;
        const bool drop = !(v > least);
        if (fell && !drop) {
            sift_down(values, places, 0, left, 0);
            continue;
        }
#endif
        if (!drop) {
#if SIXTEEN
            ((float*)low_x)[count] = x0;
            ((float*)low_y)[count] = y0;
            ((float*)high_x)[count] = x1;
            ((float*)high_y)[count] = y1;
            ((float*)areas)[count] = area;
#if CLASSES
            ((int*)kinds)[count] = c[AT_c(i0, best, 0, 0, 0, 0)];
#endif
#endif
            chosen[count] = best;
            STORE1(y, AT_y(i0, i1, count, 0, 0, 0), v);
#if INDEX
            at[AT_at(i0, i1, count, 0, 0, 0)] = best;
#endif
            ++count;
        }
        --left;
        values[0] = values[left];
        places[0] = places[left];
        sift_down(values, places, 0, left, 0);
    }
#else
    int last_at = -1;
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
                NMS_WEAKEN(v, nms_overlap(own, other))
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
    (void)last;
    (void)last_at;
#endif
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
}
)CLC"sv;

inline constexpr text_names nms_names{"",
    "NMS_BOXES NMS_CLASSES NMS_COUNT NMS_MEET NMS_WEAKEN "
    "SIXTEEN SIXTEENS SIXTEEN_PLACES SIXTEEN_LEAST SIXTEEN_MOST"};

inline constexpr std::string_view nms_reach = R"CLC(
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
REQUIRE(MOST >= 1);
#if HEAP
REQUIRE(COUNT <= ROOM && ROOM <= 65536);
#endif
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
    {optional_arguments, nms_arguments, order_text, first_of_parts_text, heap_text, overlap_text,
        nms_text},
    {optional_arguments, nms_arguments, nms_reach},
    {&prelude_names, &optional_arguments_names, &order_names, &first_of_parts_names, &heap_names,
        &overlap_names, &nms_names}};

}  // namespace lamina::kernels
