// SPDX-License-Identifier: Apache-2.0
// From a plan's steps to built programs: chooses each step's tactic on this device, composes the source,
// builds every distinct program once on several threads; on CPUs, one program for all steps that may share
// a launch. Called when an engine is made.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/core/ability.hpp>
#include <lamina/core/error.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/plan/records.hpp>
#include <lamina/plan/table.hpp>
#include <lamina/runtime/build_process.hpp>
#include <lamina/runtime/cut_steps.hpp>
#include <lamina/runtime/device.hpp>
#include <lamina/runtime/gemm.hpp>
#include <lamina/runtime/kernel_cover.hpp>
#include <lamina/runtime/merge_steps.hpp>
#include <lamina/runtime/parallel.hpp>
#include <lamina/runtime/program.hpp>
#include <lamina/runtime/program_pool.hpp>
#include <lamina/runtime/program_recipe.hpp>
#include <lamina/runtime/programs.hpp>
#include <lamina/runtime/tactic_limits.hpp>
#include <lamina/runtime/tuning.hpp>

namespace lamina {

namespace detail {

class program_builder {
public:
    /// `wanted` holds nothing, or each step's first choice: an index of a tactic, or no_tactic.
    /// `unwanted` becomes true when the programs are no longer needed. With `merge`, steps share a
    /// launch if the device and their kernels allow it. Steps are cut for so many threads. With a
    /// `pool`, programs are shared with those that were built with it before. `processes` as in engine_options.
    program_builder(const plan_records& plan, const device& dev, std::span<const tuning_row> tuning,
        std::span<const std::uint32_t> wanted = {}, const std::atomic<bool>* unwanted = nullptr,
        bool merge = false, unsigned threads = 1, bool timed = false, program_pool* pool = nullptr,
        int processes = 1)
        : plan_(plan), device_(dev), tuning_(tuning), wanted_(wanted), unwanted_(unwanted),
          merge_(merge && may_merge(dev.facts(), plan)), threads_(threads), timed_(timed),
          pool_(pool), processes_(processes) {
        const std::string here = binary_device(dev);
        program_pool& to = pool_ ? *pool_ : own_;
        for (const plan_binary& b : plan.binaries) {
            if (b.device != here) continue;
            if (b.merged_source)
                to.merged_binaries.emplace(b.merged_source, b.bytes);
            else
                to.binaries.emplace(source_of(b.kernel, b.tactic), b.bytes);
        }
    }

    /// The tactic of each step that it would begin with: the first that the device takes.
    std::vector<std::uint32_t> chosen() {
        choose();
        std::vector<std::uint32_t> out;
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) out.push_back(key(i).second);
        return out;
    }

    built_programs build() {
        choose();
        // Some drivers know a kernel's largest work-group only after building it: repeat until
        // every step has a program that supports its tactic.
        for (bool again = true; again;) {
            build_missing();
            if (unwanted_ && *unwanted_) return {};
            again = false;
            for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
                const std::size_t before = choices_[i].at;
                const built_kernel& k = out_.all[index_.at(key(i))];
                if (k.merged) continue;
                if (const std::string why = kernel_refuses(plan_.tactics[k.tactic], k);
                    !why.empty()) {
                    ++choices_[i].at;
                    choices_[i].why = why;
                    settle(i);
                }
                again |= choices_[i].at != before;
            }
        }
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            const plan_tactic& t = plan_.tactics[key(i).second];
            out_.steps.push_back(launch_of(plan_.steps[i], t, index_.at(key(i)), threads_));
            out_.steps.back().by = choices_[i].at ? chosen_by::device : choices_[i].by;
        }
        if (merge_) build_merged();
        return std::move(out_);
    }

    /// Adds the kernels of steps that would be merged to the pool, whose next program has them: those that the steps
    /// begin with; `or_general`: but where the pool has one that takes some constants as arguments.
    void announce(bool or_general) {
        choose();
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            if (!merges(key(i))) continue;
            const merged_kernel own = parts_of(key(i), plan_.steps[i]);
            if (!or_general
                || !pool_->find(own, kernel_lines(own.defines), pool_->kernels().size()))
                pool_->add(own);
        }
    }

    /// Asks for kernels of such steps, for each any that is about as fast as what it begins with; for a measured tactic
    /// that one. `only_single`: of steps with one tactic, where no other tile can stand for it.
    void want(kernel_cover& cover, bool only_single) {
        choose();
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            if (!merges(key(i))) continue;
            const plan_step& step = plan_.steps[i];
            if (only_single && plan_.kernels[step.kernel].tactics.size() > 1) continue;
            const choice& c = choices_[i];
            const bool is_measured = c.at == 0 && c.by == chosen_by::measured;
            std::vector<merged_kernel> any;
            for (const std::uint32_t t :
                fast_tactics(plan_, step, key(i).second, is_measured ? 0 : most_fast, threads_))
                if (device_refuses(device_.facts(), step, plan_.tactics[t]).empty())
                    any.push_back(parts_of({step.kernel, t}, step));
            cover.want(any);
        }
    }

    /// Builds the programs that steps begin with, and of kernels which other shapes run with other numbers those of all
    /// tactics that these begin with.
    void build_for_others() {
        choose();
        std::vector<std::size_t> different;
        std::set<std::string> sources;
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            if (merges(key(i))) continue;
            const plan_step& step = plan_.steps[i];
            const plan_kernel& kernel = plan_.kernels[step.kernel];
            const plan_tactic& first = plan_.tactics[key(i).second];
            const kernel_lines lines(kernel.defines);
            const auto want = [&](std::uint32_t t) {
                std::string source = source_of(step.kernel, t);
                if (pool_->alone.contains(source)
                    || pool_->find_alone(kernel, plan_.tactics[t], lines)
                    || !sources.insert(std::move(source)).second)
                    return;
                different.push_back(out_.all.size());
                out_.all.push_back({step.kernel, t, false, {}, {}, 0, {}});
            };
            want(key(i).second);
            if (lines.arguments.empty()) continue;  // each shape has a text of its own
            for (const std::uint32_t t : kernel.tactics) {
                const plan_tactic& other = plan_.tactics[t];
                const bool is_alike
                    = other.needs == first.needs || (is_on_units(other) && is_on_units(first));
                if (is_alike && !other.gemm.present
                    && device_refuses(device_.facts(), step, other).empty())
                    want(t);
            }
        }
        build_all(different);
        for (const std::size_t i : different) keep(out_.all[i]);
    }

    /// Builds the merged program of all that was announced.
    void build_announced() {
        build_report report;
        if (pool_->ready < pool_->kernels().size()) build_pool(*pool_, report);
    }

    /// Builds what `k` names, from the plan's binaries, the cache or source, which another process may compile.
    void build_one(built_kernel& k, build_process* by = nullptr) const {
        if (!find_one(k)) compile_one(k, by);
    }

    /// Whether a kernel can be launched as merged steps are.
    bool may_share(const built_kernel& k) const {
        return may_merge(device_.facts(), plan_)
            && may_merge(parts_of({k.kernel, k.tactic}), plan_.tactics[k.tactic]);
    }

    /// Builds what `k` names as a merged program of one step.
    void build_shared(built_kernel& k, const plan_step& step) const {
        const merged_kernel part = parts_of({k.kernel, k.tactic}, step);
        k.merged = true;
        made_program made = make_program(
            {"kernel " + std::string(part.family), merged_source(plan_, std::span(&part, 1))},
            device_);
        k.built = std::move(made.built);
        k.report = std::move(made.report);
    }

private:
    /// A step's tactics in order of preference, and the index of the one in use.
    struct choice {
        std::vector<std::uint32_t> tactics;
        std::size_t at = 0;
        chosen_by by = chosen_by::plan;  ///< the first of them
        std::string why;
    };
    using program_key = std::pair<std::uint32_t, std::uint32_t>;  // kernel, tactic

    const plan_records& plan_;
    const device& device_;
    std::span<const tuning_row> tuning_;
    std::span<const std::uint32_t> wanted_;
    const std::atomic<bool>* unwanted_;
    bool merge_;
    unsigned threads_;
    bool timed_;
    program_pool* pool_;
    int processes_;     ///< as engine_options have it
    program_pool own_;  ///< where there is no other
    std::vector<choice> choices_;
    std::map<program_key, std::size_t> index_;
    std::map<std::string, std::size_t> rows_;  ///< by source, of out_.all
    built_programs out_;

    /// The first tactic of each step that the device takes.
    void choose() {
        choices_.resize(plan_.steps.size());
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            choices_[i] = candidates(i);
            settle(i);
        }
        std::size_t together = 0;
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) together += merges(key(i));
        merge_ = together > 1;
    }

    program_key key(std::size_t step) const {
        return {plan_.steps[step].kernel, choices_[step].tactics[choices_[step].at]};
    }

    bool merges(program_key k) const {
        return merge_ && may_merge(parts_of(k), plan_.tactics[k.second]);
    }

    merged_kernel parts_of(program_key k) const {
        const plan_kernel& kernel = plan_.kernels[k.first];
        return {kernel.family, kernel.defines, plan_.tactics[k.second].defines, prelude_of(plan_),
            text_of(kernel)};
    }

    /// With what the step gives it.
    merged_kernel parts_of(program_key k, const plan_step& step) const {
        merged_kernel out = parts_of(k);
        out.buffers = step.arguments.size();
        out.numbers = step.numbers.size();
        return out;
    }

    choice candidates(std::size_t index) const {
        const plan_step& step = plan_.steps[index];
        const plan_kernel& kernel = plan_.kernels[step.kernel];
        choice out;
        const auto add = [&](std::uint32_t t, chosen_by by = chosen_by::plan) {
            if (std::find(out.tactics.begin(), out.tactics.end(), t) != out.tactics.end()) return;
            if (out.tactics.empty()) out.by = by;
            out.tactics.push_back(t);
        };
        if (!wanted_.empty() && wanted_[index] != no_tactic)
            add(wanted_[index], chosen_by::measured);
        if (const auto tuned = find_tactic(tuning_, device_.facts(), kernel.family, step.extents))
            for (std::uint32_t t : kernel.tactics)
                if (plan_.tactics[t].name == *tuned) add(t, chosen_by::rule);
        if (const std::uint32_t even = tactic_for(plan_, step, threads_); even != step.tactic)
            add(even, chosen_by::threads);
        add(step.tactic);
        for (std::uint32_t t : kernel.tactics) add(t);
        return out;
    }

    /// Moves a step to the first tactic, from its current one on, that the device can run.
    void settle(std::size_t step) {
        choice& c = choices_[step];
        for (; c.at < c.tactics.size(); ++c.at) {
            std::string why = device_refuses(
                device_.facts(), plan_.steps[step], plan_.tactics[c.tactics[c.at]]);
            if (why.empty()) return;
            c.why = std::move(why);
        }
        throw error(errc::device_limit, device_.name(),
            device_.subject() + ": " + step_text(plan_, step) + " " + c.why
                + "; use another device (LAMINA_DEVICE) or a plan with a smaller tactic");
    }

    std::string source_of(std::uint32_t kernel_index, std::uint32_t tactic) const {
        const plan_kernel& kernel = plan_.kernels[kernel_index];
        std::string source;
        for (std::string_view part :
            {kernel.defines, plan_.tactics[tactic].defines, prelude_of(plan_), text_of(kernel)}) {
            source += part;
            source += '\n';
        }
        return source;
    }

    void build_missing() {
        const std::size_t first = out_.all.size();
        for (std::size_t i = 0; i < plan_.steps.size(); ++i)
            if (index_.emplace(key(i), out_.all.size()).second)
                out_.all.push_back({key(i).first, key(i).second, merges(key(i)), {}, {}, 0, {}});
        // Kernels of a plan that differ only in their tactics may choose the same text.
        std::vector<std::size_t> different, row_of(out_.all.size());
        for (std::size_t i = first; i < out_.all.size(); ++i) {
            row_of[i] = i;
            if (out_.all[i].merged) continue;
            const auto [at, fresh]
                = rows_.emplace(source_of(out_.all[i].kernel, out_.all[i].tactic), i);
            row_of[i] = at->second;
            if (fresh) different.push_back(i);
        }
        if (pool_) std::erase_if(different, [&](std::size_t i) { return take_built(out_.all[i]); });
        build_all(different);
        if (pool_)
            for (const std::size_t i : different) keep(out_.all[i]);
        for (std::size_t i = first; i < out_.all.size(); ++i) {
            if (row_of[i] == i) continue;
            const built_kernel& same = out_.all[row_of[i]];
            built_kernel& k = out_.all[i];
            k = {k.kernel, k.tactic, false, same.built, same.report, same.max_group, same.refused};
            k.report.ms = 0;
        }
    }

    /// Builds the programs of these rows: first those of which there are binaries, then the others.
    void build_all(const std::vector<std::size_t>& rows) {
        const auto is_wanted = [&] { return !unwanted_ || !*unwanted_; };
        std::vector<char> is_found(rows.size(), 0);  // written by several threads
        in_parallel(rows.size(),
            [&](std::size_t i) { is_found[i] = is_wanted() && find_one(out_.all[rows[i]]); });
        if (!is_wanted()) return;
        std::vector<std::size_t> missing;
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (!is_found[i]) missing.push_back(rows[i]);
        const unsigned count = processes_for(device_, processes_, missing.size());
        if (count < 2) {
            in_parallel(missing.size(), [&](std::size_t i) {
                if (is_wanted()) compile_one(out_.all[missing[i]], nullptr);
            });
            return;
        }
        build_processes processes(device_, kernel_options(device_), count);
        processes.each(missing.size(), [&](std::size_t i, build_process& by) {
            if (is_wanted()) compile_one(out_.all[missing[i]], &by);
        });
        out_.processes = std::max<std::size_t>(out_.processes, count);
    }

    /// Gives a program of one kernel to the pool.
    void keep(const built_kernel& k) const {
        pool_->add_alone(
            source_of(k.kernel, k.tactic), k, plan_.kernels[k.kernel], plan_.tactics[k.tactic]);
    }

    /// True if the pool has the program of a kernel.
    bool take_built(built_kernel& k) const {
        const auto found = pool_->alone.find(source_of(k.kernel, k.tactic));
        if (found == pool_->alone.end()) return false;
        const built_kernel& same = found->second;
        k = {k.kernel, k.tactic, false, same.built, shared_report(), same.max_group, same.refused};
        return true;
    }

    static bool is_on_units(const plan_tactic& t) {
        return t.needs == to_text(ability::mma) || t.needs == to_text(ability::wgmma);
    }

    static build_report shared_report() { return {true, 0, "shared with another shape"}; }

    /// One program of every kernel that is merged, each different text once, and its table.
    void build_merged() {
        program_pool& pool = pool_ ? *pool_ : own_;
        std::vector<std::size_t> kernel_of(plan_.steps.size());
        bool is_ready = pool.built.get();
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            const built_kernel& k = out_.all[out_.steps[i].program];
            if (!k.merged) continue;
            double items = 1;
            for (const std::size_t n : out_.steps[i].global) items *= static_cast<double>(n);
            if (items > most_items)
                throw error(errc::device_limit, device_.name(),
                    device_.subject() + ": " + step_text(plan_, i) + " has " + fixed(items, 0)
                        + " work-items, at most " + fixed(most_items, 0)
                        + " can be run; use a smaller batch or input");
            kernel_of[i] = pool.add(parts_of(key(i), plan_.steps[i]));
            is_ready = is_ready && kernel_of[i] < pool.ready;
        }
        build_report report = shared_report();
        if (!is_ready) build_pool(pool, report);

        merged_program& made = out_.merged;
        made.built = pool.built;
        made.hash = pool.hash;
        made.table.resize(plan_.steps.size() * pool.row);
        for (std::size_t i = 0; i < plan_.steps.size(); ++i)
            if (out_.all[out_.steps[i].program].merged)
                put_row(std::span(made.table).subspan(i * pool.row, pool.row), plan_,
                    plan_.steps[i], kernel_of[i], out_.steps[i].global);
        for (built_kernel& k : out_.all) {
            if (!k.merged) continue;
            k.report = report;
            report.ms = 0;
        }
    }

    /// The merged program of all kernels that the pool knows.
    void build_pool(program_pool& pool, build_report& report) const {
        const std::string source = merged_source(plan_, pool.kernels(), timed_);
        const std::uint64_t hash = hash_text(source, 0) | 1;
        const auto found = pool.merged_binaries.find(hash);
        made_program made = make_program(
            {"the steps of " + std::string(plan_.network), source, compiler_target::own,
                found != pool.merged_binaries.end() ? found->second : std::span<const std::byte>()},
            device_);
        pool.built = std::move(made.built);
        report = std::move(made.report);
        pool.hash = hash;
        pool.row = row_of(pool.kernels());
        pool.ready = pool.kernels().size();
    }

    program_recipe recipe_of(const built_kernel& k) const {
        const plan_tactic& tactic = plan_.tactics[k.tactic];
        program_recipe out;
        out.subject = "kernel " + std::string(plan_.kernels[k.kernel].family)
            + (tactic.name.empty() ? std::string() : " (" + std::string(tactic.name) + ")");
        out.source = source_of(k.kernel, k.tactic);
        // A CPU that is said to have the ability (LAMINA_ABILITIES) takes the text's plain code.
        if (tactic.needs == to_text(ability::wgmma) && device_.facts().type == device_type::gpu)
            out.target = compiler_target::sm_90a;
        const auto& binaries = (pool_ ? pool_ : &own_)->binaries;
        if (const auto found = binaries.find(out.source); found != binaries.end())
            out.binary = found->second;
        return out;
    }

    /// Takes what `k` names from the plan's binaries or the cache; false if neither has it.
    bool find_one(built_kernel& k) const {
        made_program found = find_program(recipe_of(k), device_);
        if (!found.built.get()) return false;
        take(k, std::move(found));
        return true;
    }

    /// Builds what `k` names from source; `by`: in that process, unless it is null.
    void compile_one(built_kernel& k, build_process* by) const {
        const program_recipe from = recipe_of(k);
        try {
            take(k, compile_program(from, device_, by));
        } catch (const error& fault) {
            // Another driver may hand out another form of a program: the next tactic does without.
            if (from.target == compiler_target::own || fault.code() != errc::kernel_build) throw;
            k.refused = fault.what();
        }
    }

    void take(built_kernel& k, made_program&& made) const {
        const plan_tactic& tactic = plan_.tactics[k.tactic];
        k.built = std::move(made.built);
        k.report = std::move(made.report);
        const opencl::kernel probe = k.built.kernel(std::string(plan_.kernels[k.kernel].family));
        opencl::check(clGetKernelWorkGroupInfo(probe.get(), device_.id(), CL_KERNEL_WORK_GROUP_SIZE,
                          sizeof k.max_group, &k.max_group, nullptr),
            "clGetKernelWorkGroupInfo", k.built.subject());
        if (tactic.gemm.present) k.refused = gemm_refuses(device_, tactic.gemm);
    }
};

}  // namespace detail

/// If `unwanted` is given and becomes true meanwhile, the result is not needed and the build stops.
/// `merge`: on a CPU, steps may be part of one program. `threads`: of a run, which steps are cut for.
/// `timed`: merged steps note how long each thread worked and waited. `pool`: programs that engines of one network
/// share. `processes`: as engine_options::build_processes, 0: as suits the device.
/// Errors  LAM-R11, LAM-R15 when no tactic of a step fits the device, LAM-R16, LAM-R17.
inline built_programs build_programs(const plan_records& plan, const device& dev,
    std::span<const tuning_row> tuning, std::span<const std::uint32_t> wanted = {},
    const std::atomic<bool>* unwanted = nullptr, bool merge = false, unsigned threads = 1,
    bool timed = false, detail::program_pool* pool = nullptr, int processes = 1) {
    return detail::program_builder(
        plan, dev, tuning, wanted, unwanted, merge, threads, timed, pool, processes)
        .build();
}

}  // namespace lamina
