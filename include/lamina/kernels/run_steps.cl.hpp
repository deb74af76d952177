// SPDX-License-Identifier: Apache-2.0
// Many steps in one launch, for devices whose work-groups are threads of a CPU. A launch per step costs a
// driver 3 to 6 us, while its other threads sleep; synchronising here takes 0.3 us.
#pragma once
#include <lamina/kernels/text_names.hpp>
#include <lamina/kernels/wait.cl.hpp>

#include <string_view>

namespace lamina::kernels {

// A program is: run_steps_head; each kernel's own source, in which run_steps_kernel after the prelude turns
// the text after KERNEL into a function with the work-item's position as its last arguments, followed by
// #undef of its macros; run_steps_tail; then what runtime/merge_steps.hpp generates:
//   ROW            numbers in a row of `table`, one row per step: its kernel, its work-items along each
//                  dimension, for each buffer its index in BUFFERS and its offset, then its numbers
//   BUFFER_ARGS    the kernel's buffers, ", __global char* b0, const ulong b0_at, ..."
//   BUFFERS        where they begin, "b0 + b0_at, ..."
//   CASES          for each kernel "case 3: EACH_ITEM kernel_3(BUFFER(4), row[5], ..., ITEM); break;"
//   TIMED          if threads note how long they worked and waited in each step: `ticks`, the last argument,
//                  has two numbers for each group and step, which are added to
// wait_text and run_steps_text.
//
// A step's work-items are divided into equal shares, up to SHARES for each thread. A thread takes its own shares,
// then those that others have not begun, so a late or missing thread does not block the others: they only wait for
// shares in progress. Hence work-groups need not run concurrently; a single one does everything, and those
// that start after the work is done return.
//
// Threads meet without a counter that all of them write to: each looks at everyone's line in turn, which says how
// many of that thread's shares are taken and done.
//
// `state`, zero before the first launch: the numbers of groups that entered and left; for each step which of
// its two sets of counters is in use; then the sets: a cache line for each thread, with its shares taken and done.
// While one set is in use, the thread that takes a first share zeroes that line of the other; the last group to
// leave swaps them.
inline constexpr std::string_view run_steps_head = R"CLC(
#define CPU 1
#define inline static __inline
#define get_global_id(d) item_##d
#define get_group_id(d) item_##d
#define get_num_groups(d) items_##d
#define MERGED_KERNEL(name)                                                     \
    static void name(ARGS NUMBERS, const int item_0, const int item_1, const int item_2, \
        const int items_0, const int items_1, const int items_2)
)CLC"sv;

// GROUP_OF(1): the work-item is a function of its own, not a part of the loop over all.
inline constexpr std::string_view run_steps_kernel = R"CLC(
#undef ARGS
#undef GROUP_OF
#undef KERNEL
#define GROUP_OF(n) __attribute__((noinline))
)CLC"sv;

inline constexpr std::string_view run_steps_tail = R"CLC(
#undef inline
#undef get_global_id
#undef get_group_id
#undef get_num_groups
#undef MERGED_KERNEL
)CLC"sv;

inline constexpr std::string_view run_steps_text = R"CLC(
#define SHARES 8

#ifdef TIMED
#if defined(__clang__) && defined(__aarch64__)
inline long clock_now(void) {
    long now;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(now) : "r"(0L), "r"(0L), "r"(0L));
    return now;
}
#elif defined(__clang__) && defined(__x86_64__)
#define clock_now() ((long)__builtin_readcyclecounter())
#else
#define clock_now() 0L
#endif
#define TICKS_ARG , __global long* restrict ticks
#define CLOCK(name) const long name = clock_now();
#define NOTE(which, spent) ticks[((long)entered * steps + step) * 2 + which] += spent;
#else
#define TICKS_ARG
#define CLOCK(name)
#define NOTE(which, spent)
#endif

#define SET(step, which) (sets + ((step) * 2 + (which)) * (ulong)(threads * LINE))
#define BUFFER(i) ((__global void*)base[row[i]])
#define ITEM i0, i1, i2, n0, n1, n2
#define EACH_ITEM                                                                       \
    for (long item = begin; item < end;                                                 \
         ++item, i0 = i0 + 1 < n0 ? i0 + 1                                              \
                                  : (i1 = i1 + 1 < n1 ? i1 + 1 : (++i2, 0), 0))

#define SHARES_OF(items) (int)min((long)SHARES, max(1L, ((items) + threads - 1) / threads))
#define TAKEN(counters, owner) ((counters) + (owner) * LINE)
#define DONE_OF(counters, owner) ((counters) + (owner) * LINE + 1)
#define NEXT_THREAD(owner) ((owner) + 1 < threads ? (owner) + 1 : 0)

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void run_steps(const int first, const int last, const int steps, const int threads,
                        __global const long* restrict table, __global int* restrict state BUFFER_ARGS
                        TICKS_ARG) {
    __global char* const base[] = {BUFFERS};
    __global int* const came = state;
    __global int* const gone = state + LINE;
    __global int* const in_use = state + 2 * LINE;
    __global int* const sets = in_use + (steps + LINE - 1) / LINE * LINE;
    const int entered = RAISE(came, 1), me = entered % threads;
    int step = first, complete = 0;
    {
        __global const long* const row = table + (last - 1) * (long)ROW;
        __global int* const counters = SET(last - 1, in_use[last - 1]);
        const int shares = SHARES_OF(row[1] * row[2] * row[3]);
        while (complete < threads && SEEN(DONE_OF(counters, complete)) == shares)
            ++complete;
        if (complete == threads)
            step = last; /* too late for everything */
    }

    for (; step < last; ++step) {
        __global const long* const row = table + step * (long)ROW;
        const int n0 = row[1], n1 = row[2], n2 = row[3];
        CLOCK(begun)
        const long items = (long)n0 * n1 * n2;
        const int shares = SHARES_OF(items);
        __global int* const counters = SET(step, in_use[step]);
        __global int* const next = SET(step, 1 - in_use[step]);
        for (int turn = 0, owner = me; turn < threads; ++turn, owner = NEXT_THREAD(owner)) {
            __global int* const taken = TAKEN(counters, owner);
            if (SEEN(taken) >= shares)
                continue;
            const long from = items * owner / threads, count = items * (owner + 1) / threads - from;
            int mine = 0;
            while (SEEN(taken) < shares) {
                const int share = RAISE(taken, 1);
                if (share >= shares)
                    break;
                if (share == 0)
                    *TAKEN(next, owner) = *DONE_OF(next, owner) = 0;
                const long begin = from + count * share / shares,
                           end = from + count * (share + 1) / shares;
                int i0 = begin % n0, i1 = begin / n0 % n1, i2 = begin / n0 / n1;
                ++mine;
                switch ((int)row[0]) { CASES }
            }
            if (mine)
                RAISE(DONE_OF(counters, owner), mine);
        }
        CLOCK(worked)
        NOTE(0, worked - begun)
        if (step + 1 == last)
            break;
        for (int turn = 0, owner = me; turn < threads; ++turn, owner = NEXT_THREAD(owner))
            WAIT_UNTIL(SEEN(DONE_OF(counters, owner)) == shares)
        CLOCK(waited)
        NOTE(1, waited - worked)
    }
    if (RAISE(gone, 1) == (int)get_num_groups(0) - 1) {
        for (int step = first; step < last; ++step)
            in_use[step] = 1 - in_use[step];
        *came = *gone = 0;
    }
}
)CLC"sv;

}  // namespace lamina::kernels
