// SPDX-License-Identifier: Apache-2.0
// How threads of a CPU wait for each other inside a launch: counters in global memory. Used by run_steps
// between steps, and by kernels that loop over the steps of a sequence.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

//   SEEN(p)         a counter's value; what its writer wrote before is visible behind it
//   RAISE(p, n)     adds n to a counter; gives what it was
//   WAIT_UNTIL(c)   looks again and again, first eagerly, then letting other threads have the core
//   LINE            ints of a cache line: counters of different threads are that far apart
inline constexpr std::string_view wait_text = R"CLC(
#define LINE 16

/* NVIDIA's compiler is a clang too, and has no library for these builtins */
#if defined(__NV_CL_C_VERSION)
inline int seen_int(volatile __global int* p) {
    int v;
    __asm__ volatile("ld.acquire.gpu.global.s32 %0, [%1];" : "=r"(v) : "l"(p) : "memory");
    return v;
}
inline int raise_int(volatile __global int* p, int n) {
    int v;
    __asm__ volatile("atom.acq_rel.gpu.global.add.s32 %0, [%1], %2;"
        : "=r"(v) : "l"(p), "r"(n) : "memory");
    return v;
}
#define SEEN(p) seen_int(p)
#define RAISE(p, n) raise_int(p, n)
#elif CPU && defined(__clang__)
#define SEEN(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define RAISE(p, n) __atomic_fetch_add((p), (n), __ATOMIC_ACQ_REL)
#else
#define SEEN(p) atomic_add((p), 0)
#define RAISE(p, n) (mem_fence(CLK_GLOBAL_MEM_FENCE), atomic_add((p), (n)))
#endif

#if defined(__clang__) && defined(__x86_64__)
#define PAUSE __builtin_ia32_pause()
#elif defined(__clang__) && defined(__aarch64__)
#define PAUSE __builtin_arm_yield()
#else
#define PAUSE
#endif
/* lets somebody else have the core: Linux's sched_yield, which takes no arguments, but PoCL 5.0's
   compiler looks at the first four of every call, assembly too */
#if defined(__clang__) && defined(__linux__) && defined(__x86_64__)
#define GIVE_WAY                                                                        \
    do {                                                                                \
        long call = 24;                                                                 \
        __asm__ volatile("syscall" : "+a"(call) : "D"(0L), "S"(0L), "d"(0L)             \
                         : "rcx", "r11", "memory");                                     \
    } while (0)
#elif defined(__clang__) && defined(__linux__) && defined(__aarch64__)
#define GIVE_WAY                                                                        \
    __asm__ volatile("mov x8, #124\n svc #0"                                            \
                     : : "r"(0L), "r"(0L), "r"(0L), "r"(0L) : "x0", "x8", "memory")
#else
#define GIVE_WAY
#endif
#define WAIT_UNTIL(condition)                            \
    for (int looked_ = 0; !(condition); ++looked_) {     \
        if (looked_ < 2000)                              \
            PAUSE;                                       \
        else                                             \
            GIVE_WAY;                                    \
    }
)CLC"sv;

inline constexpr text_names wait_names{
    "seen_int raise_int", "LINE SEEN RAISE PAUSE GIVE_WAY WAIT_UNTIL"};

}  // namespace lamina::kernels
