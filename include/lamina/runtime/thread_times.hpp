// SPDX-License-Identifier: Apache-2.0
// How long each thread worked and waited in each of a run's merged steps, for LAMINA_SHOW=times: the counters
// that run_steps adds to (kernels/run_steps.cl.hpp), and their table.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <lamina/plan/table.hpp>
#include <lamina/runtime/profile.hpp>

namespace lamina::detail {

class thread_times {
public:
    std::vector<std::int64_t> ticks;  ///< of one run: for each group and step, worked and waited

    thread_times(std::size_t steps, std::size_t groups, std::size_t threads)
        : ticks(groups * steps * 2), threads_(threads), rows_(steps) {}

    /// Adds `ticks` of a run that took so long. The clock's rate is unknown: the thread that was there
    /// longest was there all the time.
    void add(double run_ms) {
        if (rows_.empty()) return;
        const std::size_t steps = rows_.size(), groups = ticks.size() / 2 / steps;
        std::int64_t longest = 0;
        for (std::size_t g = 0; g < groups; ++g) {
            std::int64_t there = 0;
            for (std::size_t i = 0; i < steps * 2; ++i) there += ticks[g * steps * 2 + i];
            longest = std::max(longest, there);
        }
        const double ms = longest > 0 ? run_ms / static_cast<double>(longest) : 0;
        for (std::size_t s = 0; s < steps; ++s) {
            double most = 0, all = 0, waited = 0;
            for (std::size_t g = 0; g < groups; ++g) {
                const double now = static_cast<double>(ticks[(g * steps + s) * 2]) * ms;
                most = std::max(most, now);
                all += now;
                waited += static_cast<double>(ticks[(g * steps + s) * 2 + 1]) * ms;
            }
            rows_[s].most += most;
            rows_[s].mean += all / static_cast<double>(threads_);
            rows_[s].waited += waited / static_cast<double>(threads_);
        }
        ++runs_;
        run_ms_ += run_ms;
    }

    /// One row a step; `profile` has their names. Empty before any run was added.
    std::string table(const run_profile& profile) const {
        if (!runs_) return {};
        text_table out(
            {">step", "name", "kernel", ">items", ">longest", ">worked", ">waited", ">even %"});
        const auto runs = static_cast<double>(runs_);
        double worked = 0, waited = 0;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const row& r = rows_[i];
            const step_time& s = profile.steps[i];
            worked += r.mean / runs;
            waited += r.waited / runs;
            out.add({std::to_string(i), s.name, s.kernel, std::to_string(s.items),
                fixed(r.most / runs, 4), fixed(r.mean / runs, 4), fixed(r.waited / runs, 4),
                fixed(r.most > 0 ? 100 * r.mean / r.most : 0, 0)});
        }
        return "merged steps, " + std::to_string(threads_) + " threads, mean of "
            + std::to_string(runs_) + " runs of " + fixed(run_ms_ / runs, 3)
            + " ms: what the busiest thread worked, and all of them in the mean\n" + out.str()
            + "each thread worked " + fixed(worked, 3) + " ms and waited " + fixed(waited, 3)
            + " ms\n";
    }

private:
    struct row {
        double most = 0, mean = 0, waited = 0;  ///< sums over the runs
    };
    std::size_t threads_;
    std::vector<row> rows_;
    std::size_t runs_ = 0;
    double run_ms_ = 0;
};

}  // namespace lamina::detail
