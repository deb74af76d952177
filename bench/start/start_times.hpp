// SPDX-License-Identifier: Apache-2.0
// What a program's start to its first result takes, in the line that bench/start/start.py reads.
#pragma once
#include <lamina/run.hpp>

#include <sys/resource.h>

#include <chrono>
#include <cstdio>

namespace bench {

using clock_type = std::chrono::steady_clock;

inline double ms_between(clock_type::time_point from, clock_type::time_point to) {
    return std::chrono::duration<double, std::milli>(to - from).count();
}

/// Processor time of all threads and of programs that a driver's compiler has called.
inline double cpu_ms() {
    double ms = 0;
    for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        struct rusage used;
        getrusage(who, &used);
        for (const timeval& part : {used.ru_utime, used.ru_stime})
            ms += static_cast<double>(part.tv_sec) * 1e3 + static_cast<double>(part.tv_usec) / 1e3;
    }
    return ms;
}

/// When a start began, had its device, its engine and its context, and had its first result.
struct start_times {
    clock_type::time_point begin, found, made, ready, end;

    void print(const lamina::engine_report& how, double cpu) const {
        std::printf(
            "first result after %.1f ms: device %.1f, engine %.1f (checks %.1f, kernels %.1f "
            "beside weights %.1f), context %.1f, run %.1f; used %.1f\n",
            ms_between(begin, end), ms_between(begin, found), ms_between(found, made), how.read_ms,
            how.build_ms, how.fold_ms + how.upload_ms, ms_between(made, ready),
            ms_between(ready, end), cpu);
    }
};

}  // namespace bench
