// SPDX-License-Identifier: Apache-2.0
// What a call of tune() measured and what it left for the next one, as a table. Returned by tune(); the
// times themselves are in the timing cache.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include <lamina/plan/table.hpp>

namespace lamina {

/// The result of one problem: all steps that launch one kernel with the same sizes.
struct tuning_result {
    std::string name;  ///< of its first step
    std::string kernel;
    std::size_t steps = 0;         ///< of the plan
    std::size_t tactics = 0;       ///< of each
    std::size_t measured = 0;      ///< of them, in the cache by now
    std::size_t measured_now = 0;  ///< of them, by this call
    std::string own, fastest;      ///< the plan's tactic, and the one that engines will use
    double own_us = 0, us = 0;     ///< microseconds of a launch with each; 0 when not measured

    bool complete() const { return measured == tactics; }
};

/// The result of tune(). Problems are sorted by the time that they take in the network.
struct tuning_report {
    std::vector<tuning_result> problems;  ///< those with several tactics
    double seconds = 0;                   ///< that it took
    std::size_t compiled = 0;             ///< programs that no cache had
    std::size_t build_processes = 1;      ///< that compiled them; 1: this one alone
    std::size_t remaining = 0;            ///< tactics that are left for the next call
    /// Failures of tactics that the device can probably run. They are neither in the cache nor among the
    /// remaining ones; another call tries them again.
    std::vector<std::string> failures;

    bool complete() const { return remaining == 0; }
    /// Milliseconds of the measured steps with the plan's own tactics, and with the fastest.
    double own_ms() const { return sum(&tuning_result::own_us); }
    double ms() const { return sum(&tuning_result::us); }

    /// One row a problem.
    std::string table() const {
        text_table out({"step", ">steps", "kernel", ">tactics", "plan's own", ">us", "fastest",
            ">us", ">gain"});
        for (const tuning_result& p : problems) {
            const bool known = p.own_us > 0 && p.us > 0;
            out.add({p.name, std::to_string(p.steps), p.kernel,
                std::to_string(p.measured) + "/" + std::to_string(p.tactics), p.own,
                p.own_us > 0 ? fixed(p.own_us, 1) : "", p.fastest, p.us > 0 ? fixed(p.us, 1) : "",
                known ? fixed(100 * (1 - p.us / p.own_us), 1) + " %" : ""});
        }
        std::string failed;
        for (const std::string& sentence : failures) failed += "not measured: " + sentence + '\n';
        return out.str() + failed + std::to_string(problems.size()) + " problems in "
            + fixed(seconds, 1) + " s, " + std::to_string(compiled) + " programs compiled, "
            + std::to_string(remaining) + " tactics remain; " + fixed(own_ms(), 3) + " ms -> "
            + fixed(ms(), 3) + " ms\n";
    }

private:
    double sum(double tuning_result::* us_of) const {
        double out = 0;
        for (const tuning_result& p : problems)
            if (p.own_us > 0 && p.us > 0) out += p.*us_of * static_cast<double>(p.steps) / 1e3;
        return out;
    }
};

}  // namespace lamina
