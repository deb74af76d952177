// SPDX-License-Identifier: Apache-2.0
// Which kernels the merged program of a network with dims has beside those of opt: few, each of which takes the driver
// a good part of a second and megabytes, but for every step of the shapes that stand for all one that is about as fast
// as its fastest. Used by engine_shapes.impl.hpp.
#pragma once
#include <algorithm>
#include <cstddef>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include <lamina/runtime/generalize.hpp>
#include <lamina/runtime/merge_steps.hpp>
#include <lamina/runtime/program_pool.hpp>

namespace lamina::detail {

class kernel_cover {
public:
    /// A step that any of these kernels is good enough for, the fastest first.
    void want(std::span<const merged_kernel> any) {
        std::vector<std::size_t> step;
        for (const merged_kernel& one : any) step.push_back(offered_.add(one));
        if (is_known_.insert(step).second) steps_.push_back(std::move(step));
    }

    /// How many different steps were asked for.
    std::size_t steps() const { return steps_.size(); }

    /// Adds kernels to the pool until it has one for each step, each time that which most of the steps wait for: greedy
    /// set cover, which takes at most ln(steps) times as many as there have to be.
    void choose(program_pool& pool) const {
        const std::span<const merged_kernel> offered = offered_.kernels();
        std::vector<std::vector<std::size_t>> standing;  // by kernel: which do the same
        std::vector<bool> is_built;
        for (std::size_t i = 0; i < offered.size(); ++i) {
            const kernel_lines lines(offered[i].defines);
            standing.push_back(offered_.all_that_do(i));
            is_built.push_back(pool.find(offered[i], lines, pool.kernels().size()).has_value());
        }
        std::vector<std::vector<std::size_t>> good;  // by step: kernels, each once
        std::vector<std::size_t> waiting(offered.size(), 0);
        for (const std::vector<std::size_t>& step : steps_) {
            if (std::ranges::any_of(step, [&](std::size_t i) { return is_built[i]; })) continue;
            std::vector<std::size_t>& all = good.emplace_back();
            for (const std::size_t i : step)
                all.insert(all.end(), standing[i].begin(), standing[i].end());
            std::ranges::sort(all);
            all.erase(std::unique(all.begin(), all.end()), all.end());
            for (const std::size_t i : all) ++waiting[i];
        }
        while (!good.empty()) {
            const auto best
                = static_cast<std::size_t>(std::ranges::max_element(waiting) - waiting.begin());
            pool.add(offered[best]);
            std::erase_if(good, [&](const std::vector<std::size_t>& all) {
                if (!std::ranges::binary_search(all, best)) return false;
                for (const std::size_t i : all) --waiting[i];
                return true;
            });
        }
    }

private:
    program_pool offered_;
    std::vector<std::vector<std::size_t>>
        steps_;  ///< different ones, by indices of offered kernels
    std::set<std::vector<std::size_t>> is_known_;
};

}  // namespace lamina::detail
