// SPDX-License-Identifier: Apache-2.0
// Measures the tactics of an engine's steps, problem by problem, until its time is over. Used by tune.hpp.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <lamina/runtime/build_programs.hpp>
#include <lamina/runtime/engine.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/step_timer.hpp>
#include <lamina/runtime/time_tactics.hpp>
#include <lamina/runtime/timed_choice.hpp>
#include <lamina/runtime/tune_options.hpp>
#include <lamina/runtime/tuning_report.hpp>

namespace lamina {

namespace detail {

/// Replaces the clock in tests.
struct tune_clocks {
    std::function<double()> ms
        = [start = std::chrono::steady_clock::now()] { return ms_since(start); };
    /// Used instead of the nanoseconds that a step took with a tactic.
    std::function<double(const plan_step&, std::string_view, double)> sample
        = [](const plan_step&, std::string_view, double measured) { return measured; };
};

class tuner {
public:
    tuner(
        const engine& of, timing_cache& cache, const tune_options& options, tune_clocks clocks = {})
        : options_(options), clocks_(std::move(clocks)), cache_(cache), plan_(of.plan()),
          device_(of.device_of()), known_(plan_), builder_(plan_, device_, {}),
          timer_(of.make_context()) {
        // The engine's programs are built already; merged kernels have none of their own.
        for (const built_kernel& k : timer_.engine().programs.all)
            if (!k.merged) programs_.emplace(std::pair(k.kernel, k.tactic), k);
    }

    tuning_report run() {
        tuning_report out;
        collect();
        const auto left = [](const problem& p) { return !p.missing.empty(); };
        if (std::any_of(problems_.begin(), problems_.end(), left) && may_begin()) sort_by_time();
        for (std::size_t i = 0; i < problems_.size(); ++i) {
            problem& p = problems_[i];
            if (left(p) && may_begin()) {
                if (!over()) build_ahead(i);
                measure(p);
            }
            out.problems.push_back(result(p));
            out.remaining += p.missing.size();
            if (p.measured_now && options_.progress) options_.progress(out.problems.back());
        }
        out.compiled = compiled_;
        out.build_processes = processes_;
        out.failures = failures_;
        out.seconds = (clocks_.ms() - start_) / 1e3;
        return out;
    }

private:
    struct problem {
        timed_problem key;
        std::size_t step = 0, steps = 0;  ///< the first, and how many
        double cost = 0;                  ///< nanoseconds of all of them
        std::size_t measured_now = 0, failed = 0;
        std::vector<std::uint32_t> missing;  ///< tactics that are not in the cache
    };
    struct trial {
        std::uint32_t tactic;
        ready_kernel kernel;
        std::size_t launches = 1;  ///< of a sample
    };

    const tune_options& options_;
    const tune_clocks clocks_;
    timing_cache& cache_;
    const plan_records& plan_;
    const device device_;
    timed_plan known_;
    program_builder builder_;
    step_timer timer_;
    const double start_ = clocks_.ms();
    std::vector<problem> problems_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, built_kernel> programs_;
    const int asked_processes_ = build_processes_of(timer_.engine().build_processes);
    std::size_t compiled_ = 0, processes_ = 1;
    std::vector<std::string> failures_;
    bool progressed_ = false;  ///< measured something new

    bool over() const { return clocks_.ms() - start_ >= options_.seconds * 1e3; }
    bool may_begin() const { return !over() || (!progressed_ && options_.seconds > 0); }
    const plan_step& step_of(const problem& p) const { return plan_.steps[p.step]; }

    timed_entry entry_of(const problem& p) const {
        const timed_entry* found = cache_.find(device_, p.key, timer_.threads());
        return found ? *found : timed_entry{};
    }

    /// Tactics that this device could run; the others are refused without measuring.
    std::vector<std::uint32_t> candidates(const plan_step& step) const {
        std::vector<std::uint32_t> out = tactics_of(plan_, step);
        std::erase_if(out, [&](std::uint32_t t) {
            return !device_refuses(device_.facts(), step, plan_.tactics[t]).empty();
        });
        return out;
    }

    void collect() {
        std::map<timed_problem, std::size_t> index;
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            if (candidates(plan_.steps[i]).size() < 2) continue;
            const auto [at, is_new]
                = index.try_emplace(known_.problem(plan_.steps[i]), problems_.size());
            if (is_new) problems_.push_back({at->first, i, 0, 0, 0, 0, {}});
            ++problems_[at->second].steps;
        }
        for (problem& p : problems_) {
            const timed_entry entry = entry_of(p);
            for (std::uint32_t t : candidates(step_of(p)))
                if (!known_.find(entry, t)) p.missing.push_back(t);
        }
    }

    void sort_by_time() {
        const std::vector<double> ms = timer_.all_steps();
        std::map<timed_problem, double> sums;
        for (std::size_t i = 0; i < ms.size(); ++i) {
            const plan_step& step = plan_.steps[i];
            sums[known_.problem(step)]
                += clocks_.sample(step, plan_.tactics[step.tactic].name, ms[i] * 1e6);
        }
        for (problem& p : problems_) p.cost = sums.at(p.key);
        std::stable_sort(problems_.begin(), problems_.end(),
            [](const problem& a, const problem& b) { return a.cost > b.cost; });
    }

    /// A program for a tactic, each built once. Throws what the build throws.
    const built_kernel& build(std::uint32_t kernel, std::uint32_t tactic, const plan_step& step) {
        const auto found = programs_.find({kernel, tactic});
        if (found != programs_.end()) return found->second;
        built_kernel k{kernel, tactic, false, {}, {}, 0, {}};
        if (timer_.shares() && builder_.may_share(k))
            builder_.build_shared(k, step);
        else
            builder_.build_one(k);
        compiled_ += !k.report.hit;
        return programs_.emplace(std::pair(kernel, tactic), std::move(k)).first->second;
    }

    /// Builds the programs of a problem beside each other, and those of the problems behind it until they are
    /// enough to be worth the start of processes: so many may be built beyond the time that is given. Only where
    /// drivers compile one program at a time (build_process.hpp).
    void build_ahead(std::size_t first) {
        constexpr std::size_t enough = 24;
        std::vector<built_kernel> wanted;
        for (std::size_t i = first; i < problems_.size() && wanted.size() < enough; ++i) {
            const std::uint32_t kernel = step_of(problems_[i]).kernel;
            for (const std::uint32_t t : problems_[i].missing) {
                built_kernel k{kernel, t, false, {}, {}, 0, {}};
                const auto same
                    = [&](const built_kernel& o) { return o.kernel == kernel && o.tactic == t; };
                if (!programs_.contains({kernel, t}) && !(timer_.shares() && builder_.may_share(k))
                    && std::none_of(wanted.begin(), wanted.end(), same))
                    wanted.push_back(std::move(k));
            }
            if (wanted.empty()) return;  // all programs of this problem are there
        }
        const unsigned count = processes_for(device_, asked_processes_, wanted.size());
        if (count < 2) return;
        try {
            build_processes processes(device_, kernel_options(device_), count);
            processes.each(wanted.size(), [&](std::size_t i, build_process& by) {
                try {
                    builder_.build_one(wanted[i], &by);
                } catch (const error&) {
                    wanted[i].built = {};
                }
            });
        } catch (const std::exception&) {  // no process can be started
        }
        // try_out() builds what these did not, and says why not.
        processes_ = std::max<std::size_t>(processes_, count);
        for (built_kernel& k : wanted) {
            if (!k.built.get() && k.refused.empty()) continue;
            compiled_ += !k.report.hit;
            programs_.emplace(std::pair(k.kernel, k.tactic), std::move(k));
        }
    }

    /// Whether an error means that the device cannot build or launch a tactic. Other errors are
    /// failures of the machine.
    static bool is_refusal(const opencl::call_failed& fault) {
        constexpr cl_int too_large[]
            = {CL_OUT_OF_RESOURCES, CL_INVALID_WORK_GROUP_SIZE, CL_INVALID_WORK_ITEM_SIZE};
        return fault.code() == errc::kernel_build
            || std::find(std::begin(too_large), std::end(too_large), fault.status)
            != std::end(too_large);
    }

    /// A kernel to measure. If there is none, `refused` tells whether the device refuses the tactic. A
    /// failure is retried once, so that a temporary one is not attributed to the tactic.
    struct attempt {
        std::optional<trial> made;
        bool refused = false;
    };
    attempt try_out(std::size_t step, std::uint32_t tactic) {
        for (bool again = true;; again = false) try {
                return try_once(step, tactic);
            } catch (const opencl::call_failed& fault) {
                if (again) continue;
                if (is_refusal(fault)) return {{}, true};
                failures_.emplace_back(fault.what());
                return {};
            }
    }
    attempt try_once(std::size_t step, std::uint32_t tactic) {
        const built_kernel& k = build(plan_.steps[step].kernel, tactic, plan_.steps[step]);
        if (!k.merged && !kernel_refuses(plan_.tactics[tactic], k).empty()) return {{}, true};
        trial t{tactic, timer_.ready(step, k)};
        const double first = std::min(
            timer_.time(step, t.kernel, 1), timer_.time(step, t.kernel, 1));  // may compile
        t.launches = static_cast<std::size_t>(std::clamp(1e5 / std::max(first, 1.0), 1.0, 4.0));
        return {std::move(t), false};
    }

    void measure(problem& p) {
        const plan_step& step = step_of(p);
        timer_.reach(p.step);
        timed_entry entry = entry_of(p);
        // The current choice is measured again, so that both are measured under the same conditions.
        const std::vector<std::uint32_t> usable = candidates(step);
        std::vector<std::uint32_t> order;
        const auto add = [&](std::uint32_t t) {
            if (std::find(usable.begin(), usable.end(), t) != usable.end()
                && std::find(order.begin(), order.end(), t) == order.end())
                order.push_back(t);
        };
        add(step.tactic);
        add(known_.fastest(step, entry));
        const std::size_t compared = order.size();
        for (std::uint32_t t : p.missing) add(t);

        std::vector<trial> trials;
        std::vector<timed_tactic> found;
        for (std::size_t i = 0; i < order.size(); ++i) {
            const bool is_new = i >= compared || !known_.find(entry, order[i]);
            if (i >= compared && !may_begin()) break;
            attempt tried = try_out(p.step, order[i]);
            progressed_ |= is_new;
            if (tried.made)
                trials.push_back(std::move(*tried.made));
            else if (tried.refused)
                found.push_back(known_.name(order[i]));  // 0 nanoseconds: refused
            else  // it is reported, and left for another call
                p.failed += std::erase(p.missing, order[i]);
        }
        constexpr double enough_ms = 250;
        const double begin = clocks_.ms();
        const std::vector<timing_result> times = time_in_rounds(
            trials.size(),
            [&](std::size_t i) {
                const trial& t = trials[i];
                return clocks_.sample(
                    step, plan_.tactics[t.tactic].name, timer_.time(p.step, t.kernel, t.launches));
            },
            [&] { return over() || clocks_.ms() - begin > enough_ms; });
        for (std::size_t i = 0; i < trials.size(); ++i) {
            found.push_back(known_.name(trials[i].tactic));
            found.back().nanoseconds = times[i].time;
            found.back().samples = times[i].samples;
        }
        keep(p, std::move(entry), found);
    }

    /// Writes the results into a problem's entry, replacing older times.
    void keep(problem& p, timed_entry entry, const std::vector<timed_tactic>& found) {
        const plan_step& step = step_of(p);
        for (const timed_tactic& one : found) {
            const auto same = [&](const timed_tactic& t) {
                return t.name == one.name && t.tactic == one.tactic;
            };
            std::erase_if(entry.tactics, same);
            entry.tactics.push_back(one);
        }
        p.measured_now = found.size();
        std::erase_if(p.missing, [&](std::uint32_t t) { return known_.find(entry, t) != nullptr; });
        entry.family = plan_.kernels[step.kernel].family;
        entry.time = static_cast<std::uint64_t>(std::time(nullptr));
        // So that the next engine finds it built.
        const auto winner = programs_.find({step.kernel, known_.fastest(step, entry)});
        if (winner != programs_.end() && !winner->second.merged) store_binary(winner->second.built);
        cache_.set(device_, p.key, std::move(entry), timer_.threads());
    }

    tuning_result result(const problem& p) const {
        const plan_step& step = step_of(p);
        const timed_entry entry = entry_of(p);
        tuning_result out;
        out.name = step.name;
        out.kernel = plan_.kernels[step.kernel].family;
        out.steps = p.steps;
        out.tactics = candidates(step).size();
        out.measured = out.tactics - p.missing.size() - p.failed;
        out.measured_now = p.measured_now;
        out.own = plan_.tactics[step.tactic].name;
        if (const timed_tactic* own = known_.find(entry, step.tactic))
            out.own_us = own->nanoseconds / 1e3;
        if (const std::uint32_t best = known_.fastest(step, entry); best != no_tactic) {
            out.fastest = plan_.tactics[best].name;
            out.us = known_.find(entry, best)->nanoseconds / 1e3;
        }
        return out;
    }
};

}  // namespace detail

}  // namespace lamina
