// SPDX-License-Identifier: Apache-2.0
// Looks up the tactic of each step of a plan in a timing cache: identifies the step's problem and chooses
// among its measured tactics. Used when an engine is made, and by tune().
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/plan/records.hpp>
#include <lamina/runtime/environment.hpp>
#include <lamina/runtime/nearness.hpp>
#include <lamina/runtime/programs.hpp>
#include <lamina/runtime/timing_cache.hpp>

namespace lamina {

/// A tactic replaces a plan's own choice if it is faster by more than this fraction: less may be noise,
/// which must not make two devices of one kind differ.
inline constexpr double tuning_margin = 0.05;
/// A step of a network with dims whose extents were not measured takes the tactic that was fastest at others of the
/// same kernel, up to so far away (nearness.hpp): one extent 4 times as large, or two twice as large.
inline constexpr double nearest_limit = 1.39;

namespace detail {

/// Of a step, each once, the plan's own choice first.
inline std::vector<std::uint32_t> tactics_of(const plan_records& plan, const plan_step& step) {
    std::vector<std::uint32_t> out{step.tactic};
    for (std::uint32_t t : plan.kernels[step.kernel].tactics)
        if (std::find(out.begin(), out.end(), t) == out.end()) out.push_back(t);
    return out;
}

/// Hashes of a plan's kernels and tactics, so that times apply to other plans with the same kernels and
/// become invalid when a kernel's text changes.
class timed_plan {
public:
    explicit timed_plan(const plan_records& plan) : plan_(plan) {
        const std::uint64_t prelude = hash_text(prelude_of(plan), 1);
        for (const plan_kernel& k : plan.kernels)
            kernels_.push_back(
                hash_text(text_of(k), hash_text(k.defines, hash_text(k.family, prelude))));
        for (const plan_tactic& t : plan.tactics)
            tactics_.push_back(plan_hash(std::as_bytes(t.local),
                plan_hash(std::as_bytes(t.tile), hash_text(t.defines, t.local_bytes))));
    }

    timed_problem problem(const plan_step& step) const {
        timed_problem out;
        out.kernel = kernels_[step.kernel];
        std::copy_n(step.extents.begin(), 3, out.extents.begin());
        out.numbers.assign(step.numbers.begin(), step.numbers.end());
        return out;
    }

    const timed_tactic* find(const timed_entry& entry, std::uint32_t tactic) const {
        return entry.find(plan_.tactics[tactic].name, tactics_[tactic]);
    }
    timed_tactic name(std::uint32_t tactic) const {
        return {std::string(plan_.tactics[tactic].name), tactics_[tactic], 0, 0};
    }

    /// The fastest tactic that was measured, or the plan's own where that is as good; no_tactic
    /// when none of the step's was measured.
    std::uint32_t fastest(const plan_step& step, const timed_entry& entry) const {
        std::uint32_t best = no_tactic;
        double least = 0, own = 0;
        for (std::uint32_t t : tactics_of(plan_, step)) {
            const timed_tactic* found = find(entry, t);
            if (!found || found->nanoseconds == 0) continue;
            if (t == step.tactic) own = found->nanoseconds;
            if (best != no_tactic && found->nanoseconds >= least) continue;
            best = t;
            least = found->nanoseconds;
        }
        return own > 0 && least >= own * (1 - tuning_margin) ? step.tactic : best;
    }

    /// The same by measurements at other extents, where a tactic of that name may stand for other tiles.
    std::uint32_t fastest_near(const plan_step& step, const timed_entry& entry) const {
        std::uint32_t best = no_tactic;
        double least = 0, own = 0;
        for (std::uint32_t t : tactics_of(plan_, step))
            for (const timed_tactic& found : entry.tactics) {
                if (found.name != plan_.tactics[t].name || found.nanoseconds == 0) continue;
                if (t == step.tactic) own = found.nanoseconds;
                if (best != no_tactic && found.nanoseconds >= least) continue;
                best = t;
                least = found.nanoseconds;
            }
        return own > 0 && least >= own * (1 - tuning_margin) ? step.tactic : best;
    }

private:
    const plan_records& plan_;
    std::vector<std::uint64_t> kernels_, tactics_;
};

/// The measurements of a device that are nearest to a problem.
struct nearest_entry {
    const timed_entry* entry = nullptr;
    double away = 0;
};

/// Of the same kernel; null if there are none within nearest_limit. Of equally near ones the first by extents and
/// numbers.
inline nearest_entry find_nearest(const timed_problems& all, const timed_problem& problem) {
    nearest_entry out;
    timed_problem first;
    first.kernel = problem.kernel;
    for (auto at = all.lower_bound(first); at != all.end() && at->first.kernel == problem.kernel;
        ++at) {
        const double away = distance(at->first.extents, problem.extents);
        if (away > nearest_limit || (out.entry && away >= out.away)) continue;
        out = {&at->second, away};
    }
    return out;
}

}  // namespace detail

/// The choices of a timing cache for a plan on a device.
struct timed_choice {
    std::vector<std::uint32_t> tactics;  ///< one per step, no_tactic if nothing was measured
    std::string note;                    ///< for the engine's report
};

/// `takes_near`: steps that were not measured may take the choice of others, see nearest_limit. `threads`: those of
/// the engine, see identity_of().
inline timed_choice choose_tactics(const plan_records& plan, const device& dev,
    const timing_cache& cache, bool takes_near = false, unsigned threads = 0) {
    timed_choice out;
    const detail::timed_plan known(plan);
    const timed_device here = identity_of(dev, threads);
    const auto found = cache.all().find(here);
    const timed_problems none, &all = found == cache.all().end() ? none : found->second;
    std::size_t measured = 0, near = 0, open = 0;
    double farthest = 0;
    for (const plan_step& step : plan.steps) {
        const timed_problem problem = known.problem(step);
        const auto exact = all.find(problem);
        out.tactics.push_back(exact != all.end() ? known.fastest(step, exact->second) : no_tactic);
        if (detail::tactics_of(plan, step).size() == 1) continue;
        ++open;
        if (out.tactics.back() != no_tactic) {
            ++measured;
        } else if (takes_near) {
            const detail::nearest_entry nearest = detail::find_nearest(all, problem);
            if (!nearest.entry) continue;
            out.tactics.back() = known.fastest_near(step, *nearest.entry);
            if (out.tactics.back() == no_tactic) continue;
            ++near;
            farthest = std::max(farthest, nearest.away);
        }
    }
    const auto describe = [&](const timed_device& d) {
        return "'" + d.name + "' (" + d.driver + ", " + std::to_string(d.compute_units)
            + (dev.facts().type == device_type::cpu ? " threads)" : " units)");
    };
    out.note = "timing cache: " + std::to_string(measured) + " of " + std::to_string(open)
        + " steps with several tactics were measured on this device";
    if (near)
        out.note += ", " + std::to_string(near)
            + " more have the tactic of the nearest measured extents, which are at most "
            + fixed(std::exp(farthest), 1) + " times as large or small";
    if (cache.size() == 0)
        out.note = "timing cache: it is empty";
    else if (!cache.all().contains(here))
        out.note = "timing cache: passed over, it was measured on "
            + describe(cache.all().begin()->first) + ", this is " + describe(here)
            + "; tune on this device";
    return out;
}

/// By these times, or by those of the file that LAMINA_TIMING_CACHE names, if any.
inline timed_choice choose_timed(const plan_records& plan, const device& dev,
    const timing_cache* timings, bool takes_near, unsigned threads) {
    if (timings) return choose_tactics(plan, dev, *timings, takes_near, threads);
    const std::string file = environment("LAMINA_TIMING_CACHE");
    return file.empty() ? timed_choice()
                        : choose_tactics(plan, dev, timing_cache::open(file), takes_near, threads);
}

}  // namespace lamina
