// SPDX-License-Identifier: Apache-2.0
// How many threads a run uses on a CPU: what an engine asks for, else LAMINA_THREADS, else what the process
// may use of the device.
#pragma once
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include <lamina/core/error.hpp>
#include <lamina/runtime/device.hpp>
#include <lamina/runtime/environment.hpp>

namespace lamina::detail {

/// The number of cores that a control group allows, from the text of "cpu.max": "150000 100000" is 1.5,
/// rounded to 2. 0: no limit.
inline unsigned cores_allowed(std::string_view cpu_max) {
    long long quota = 0, period = 0;
    if (std::sscanf(std::string(cpu_max).c_str(), "%lld %lld", &quota, &period) != 2) return 0;
    return quota > 0 && period > 0 ? static_cast<unsigned>((quota + period - 1) / period) : 0;
}

/// Threads for merged steps unless a number is asked for. A driver may have one for each core of the machine;
/// the others would busy-wait for threads that a container does not allow to run.
inline unsigned merged_threads(unsigned compute_units) {
    static const unsigned allowed = [] {
        unsigned least = std::max(1u, std::thread::hardware_concurrency());  // by affinity
        std::string text;
        std::ifstream file("/sys/fs/cgroup/cpu.max");
        if (std::getline(file, text))
            if (const unsigned cores = cores_allowed(text)) least = std::min(least, cores);
        return least;
    }();
    return std::max(1u, std::min(compute_units, allowed));
}

[[noreturn]] inline void fail_threads(
    const device& dev, const std::string& who, const std::string& asked) {
    const std::string units = std::to_string(dev.facts().compute_units);
    throw error(errc::option, who,
        who + " is " + asked + ", " + dev.subject() + " runs 1 to " + units
            + "; give a number of these, or 0 for as many as the process may use"
              " (POCL_MAX_PTHREAD_COUNT gives PoCL's device more)");
}

/// The threads of an engine's runs; 1 on devices that are no CPUs, where nothing depends on it.
/// Errors  LAM-R22 for a number that the device cannot run, by `asked` or by LAMINA_THREADS.
inline unsigned threads_of(const device& dev, int asked) {
    const std::string variable = asked ? std::string() : environment("LAMINA_THREADS");
    if (dev.facts().type != device_type::cpu) return 1;
    const unsigned units = dev.facts().compute_units;
    if (!variable.empty()) {
        const char* const end = variable.data() + variable.size();
        const auto [rest, code] = std::from_chars(variable.data(), end, asked);
        if (code != std::errc() || rest != end)
            fail_threads(dev, "LAMINA_THREADS", "'" + variable + "'");
    }
    if (asked < 0 || (asked > 0 && static_cast<unsigned>(asked) > units))
        fail_threads(
            dev, variable.empty() ? "the option threads" : "LAMINA_THREADS", std::to_string(asked));
    return asked ? static_cast<unsigned>(asked) : merged_threads(units);
}

/// The threads of a context's runs, whose engine has `own`.
/// Errors  LAM-R22 for a number that the device cannot run.
inline unsigned threads_of_context(const device& dev, int asked, unsigned own) {
    if (!asked || dev.facts().type != device_type::cpu) return own;
    if (asked < 0 || static_cast<unsigned>(asked) > dev.facts().compute_units)
        fail_threads(dev, "the option threads", std::to_string(asked));
    return static_cast<unsigned>(asked);
}

}  // namespace lamina::detail
