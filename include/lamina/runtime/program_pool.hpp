// SPDX-License-Identifier: Apache-2.0
// The programs that all shapes of an engine share: those of one kernel each, by their text, and the merged program. That
// of a shape contains the kernels of those before it, so that a shape that needs no other text builds nothing; kernels
// keep their numbers when it grows. Used under the lock of engine_shapes.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include <lamina/kernels/catalog.hpp>
#include <lamina/plan/records.hpp>
#include <lamina/runtime/cut_steps.hpp>
#include <lamina/runtime/generalize.hpp>
#include <lamina/runtime/merge_steps.hpp>
#include <lamina/runtime/programs.hpp>

namespace lamina::detail {

class program_pool {
public:
    /// A kernel of the merged program, and the numbers that it is called with.
    struct found_kernel {
        std::size_t at = 0;
        std::vector<number_source> numbers;
    };

    program built;  ///< the newest merged program, of the first `ready` kernels
    std::size_t ready = 0, row = 0;
    std::uint64_t hash = 0;
    std::map<std::string, built_kernel> alone;  ///< programs of one kernel each, by their source
    /// This device's binaries in saved plans: of such programs by their source, of merged ones by its hash.
    std::map<std::string, std::span<const std::byte>> binaries;
    std::map<std::uint64_t, std::span<const std::byte>> merged_binaries;

    /// Keeps a program of one kernel.
    void add_alone(std::string source, const built_kernel& built, const plan_kernel& kernel,
        const plan_tactic& tactic) {
        if (!alone.emplace(std::move(source), built).second) return;
        const std::string& defines = *texts_.emplace(kernel.defines).first;
        const auto family = kernels::find_kernel(kernel.family);
        if (!family || !built.refused.empty()) return;
        alone_lines_[{std::string(kernel.family), std::string(tactic.defines)}].push_back(
            {defines, kernel_lines(defines)});
    }

    /// The defines of a kernel with a program of its own, and the numbers that it is called with.
    struct general_kernel {
        std::string_view defines;
        std::vector<number_source> numbers;
    };

    /// Such a kernel that does what this one does, where only others than this one have a program.
    std::optional<general_kernel> find_alone(
        const plan_kernel& wanted, const plan_tactic& tactic, const kernel_lines& lines) const {
        const auto some
            = alone_lines_.find({std::string(wanted.family), std::string(tactic.defines)});
        if (some == alone_lines_.end()) return std::nullopt;
        std::optional<general_kernel> out;
        for (const auto& [defines, others] : some->second) {
            if (defines == wanted.defines) return std::nullopt;
            if (out || others.arguments.size() <= lines.arguments.size()) continue;
            if (auto numbers = find_numbers(others, lines)) out = {defines, std::move(*numbers)};
        }
        return out;
    }

    std::span<const merged_kernel> kernels() const { return kernels_; }

    /// The number of a kernel, which is added if it is new.
    std::size_t add(const merged_kernel& wanted) {
        const auto at = index_.find(key(wanted));
        if (at != index_.end()) return at->second;
        merged_kernel own = wanted;
        own.family = kernels::find_kernel(wanted.family)->family;
        own.text = kernels::find_text(own.family);
        own.prelude = kernels::prelude_text();
        own.defines = *texts_.emplace(wanted.defines).first;
        own.tactic_defines = *texts_.emplace(wanted.tactic_defines).first;
        const std::size_t number = kernels_.size();
        index_.emplace(key(own), number);
        tactics_.insert(own.tactic_defines);
        by_tactic_[{own.buffers, own.family, own.tactic_defines}].push_back(number);
        kernels_.push_back(own);
        lines_.emplace_back(own.defines);
        return number;
    }

    /// A kernel of the first `below` that does what this one does; `lines` are of its defines.
    std::optional<found_kernel> find(
        const merged_kernel& wanted, const kernel_lines& lines, std::size_t below) const {
        const auto same = index_.find(key(wanted));
        if (same != index_.end() && same->second < below) return found_kernel{same->second, {}};
        const auto some = by_tactic_.find({wanted.buffers, wanted.family, wanted.tactic_defines});
        if (some == by_tactic_.end()) return std::nullopt;
        for (const std::size_t at : some->second)
            if (at < below && lines_[at].arguments.size() > lines.arguments.size())
                if (auto numbers = find_numbers(lines_[at], lines))
                    return found_kernel{at, std::move(*numbers)};
        return std::nullopt;
    }

    /// Whether some kernel has a tactic of these lines, of which plans list many more than are built.
    bool has_tactic(std::string_view defines) const { return tactics_.contains(defines); }

    /// The numbers of all kernels that do what kernel `at` does, itself first.
    std::vector<std::size_t> all_that_do(std::size_t at) const {
        std::vector<std::size_t> out{at};
        const merged_kernel& k = kernels_[at];
        for (const std::size_t other : by_tactic_.at({k.buffers, k.family, k.tactic_defines}))
            if (lines_[other].arguments.size() > lines_[at].arguments.size()
                && find_numbers(lines_[other], lines_[at]))
                out.push_back(other);
        return out;
    }

private:
    using kernel_key = std::tuple<std::size_t, std::size_t, std::string_view, std::string_view,
        std::string_view>;  ///< long texts last
    std::set<std::string, std::less<>> texts_;
    std::map<std::pair<std::string, std::string>,
        std::vector<std::pair<std::string_view, kernel_lines>>>
        alone_lines_;  ///< by family and tactic: their defines
    std::vector<merged_kernel> kernels_;
    std::vector<kernel_lines> lines_;
    std::unordered_set<std::string_view> tactics_;
    std::map<kernel_key, std::size_t> index_;
    std::map<std::tuple<std::size_t, std::string_view, std::string_view>, std::vector<std::size_t>>
        by_tactic_;

    static kernel_key key(const merged_kernel& k) {
        return {k.buffers, k.numbers, k.family, k.tactic_defines, k.defines};
    }
};

/// What use_built put into a plan's records: it lives as long as they do.
struct rewritten_steps {
    std::set<std::string> texts;
    std::vector<std::vector<std::int32_t>> numbers;
    std::vector<std::vector<std::uint32_t>> tactics;
};

/// Lets steps use kernels that are built where there are such: another tactic of the step's, about as fast or else any, or
/// a kernel that takes as an argument what the step's has as a constant. Returns how many steps will have to build theirs.
inline std::size_t use_built(
    plan_records& plan, const program_pool& pool, rewritten_steps& rewritten, unsigned threads) {
    struct choice {
        bool merges = false;
        std::optional<program_pool::found_kernel> found;
        std::uint32_t kernel = 0;  ///< of the plan, that the step uses instead
    };
    std::map<std::tuple<std::uint32_t, std::uint32_t, std::size_t>, choice> known;
    std::vector<kernel_lines> lines(plan.kernels.size());
    for (std::size_t k = 0; k < lines.size(); ++k) lines[k] = kernel_lines(plan.kernels[k].defines);
    std::vector<bool> has_tactic;
    for (const plan_tactic& t : plan.tactics) has_tactic.push_back(pool.has_tactic(t.defines));
    const auto look = [&](const plan_step& step, std::uint32_t tactic) -> const choice& {
        const auto [at, fresh] = known.try_emplace({step.kernel, tactic, step.arguments.size()});
        choice& out = at->second;
        if (!fresh) return out;
        const plan_kernel kernel = plan.kernels[step.kernel];
        const merged_kernel wanted{kernel.family, kernel.defines, plan.tactics[tactic].defines,
            prelude_of(plan), text_of(kernel), step.arguments.size(), step.numbers.size()};
        out.merges = may_merge(wanted, plan.tactics[tactic]);
        out.kernel = step.kernel;
        if (!out.merges) return out;
        out.found = pool.find(wanted, lines[step.kernel], pool.ready);
        if (!out.found || out.found->numbers.empty()) return out;
        out.kernel = static_cast<std::uint32_t>(plan.kernels.size());
        plan_kernel general = kernel;
        general.defines = *rewritten.texts.emplace(pool.kernels()[out.found->at].defines).first;
        general.tactics = rewritten.tactics.emplace_back(1, tactic);
        plan.kernels.push_back(general);
        return out;
    };
    std::map<std::pair<std::uint32_t, std::size_t>, std::uint32_t> restricted;
    std::size_t missing = 0;
    for (plan_step& step : plan.steps) {
        if (!look(step, step.tactic).merges) continue;
        std::vector<std::uint32_t> tactics
            = fast_tactics(plan, step, step.tactic, most_fast, threads);
        for (const std::uint32_t t : plan.kernels[step.kernel].tactics)
            if (std::ranges::find(tactics, t) == tactics.end()) tactics.push_back(t);
        const choice* chosen = nullptr;
        for (const std::uint32_t t : tactics) {
            if (!has_tactic[t]) continue;
            const choice& c = look(step, t);
            if (!c.found) continue;
            chosen = &c;
            step.tactic = t;
            break;
        }
        if (!chosen) {
            ++missing;
            continue;
        }
        if (!chosen->found->numbers.empty()) {
            step.kernel = chosen->kernel;
            step.numbers
                = rewritten.numbers.emplace_back(numbers_for(chosen->found->numbers, step.numbers));
            continue;
        }
        // An engine may choose another tactic for its threads, of those that are built.
        const auto [at, fresh] = restricted.try_emplace({step.kernel, step.arguments.size()});
        if (fresh) {
            std::vector<std::uint32_t> built;  // apart: look() adds to `rewritten`
            for (const std::uint32_t t : tactics) {
                if (!has_tactic[t]) continue;
                if (const choice& c = look(step, t); c.found && c.found->numbers.empty())
                    built.push_back(t);
            }
            plan_kernel some = plan.kernels[step.kernel];
            some.tactics = rewritten.tactics.emplace_back(std::move(built));
            at->second = static_cast<std::uint32_t>(plan.kernels.size());
            plan.kernels.push_back(some);
        }
        step.kernel = at->second;
    }
    return missing;
}

/// The same for steps whose kernels have programs of their own: `tactics` are those that the steps begin with.
inline void use_alone(plan_records& plan, const program_pool& pool, rewritten_steps& rewritten,
    std::span<const std::uint32_t> tactics) {
    struct choice {
        std::optional<program_pool::general_kernel> general;
        std::uint32_t kernel = 0;  ///< of the plan, that stands for it
    };
    std::map<std::pair<std::uint32_t, std::uint32_t>, choice> known;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        plan_step& step = plan.steps[i];
        const auto [at, fresh] = known.try_emplace({step.kernel, tactics[i]});
        choice& found = at->second;
        if (fresh) {
            const plan_kernel own = plan.kernels[step.kernel];
            found.general
                = pool.find_alone(own, plan.tactics[tactics[i]], kernel_lines(own.defines));
            if (found.general) {
                plan_kernel general = own;
                general.defines = *rewritten.texts.emplace(found.general->defines).first;
                found.kernel = static_cast<std::uint32_t>(plan.kernels.size());
                plan.kernels.push_back(general);
            }
        }
        if (!found.general) continue;
        step.kernel = found.kernel;
        step.numbers
            = rewritten.numbers.emplace_back(numbers_for(found.general->numbers, step.numbers));
    }
}

}  // namespace lamina::detail
