// SPDX-License-Identifier: Apache-2.0
// Checks every step of a plan against its buffers: offsets, numbers, defines and work sizes together must
// not reach outside. Called by engines before programs are built; kernels/reach.hpp has the families.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/kernels/catalog.hpp>
#include <lamina/kernels/reach.hpp>
#include <lamina/plan/reach.hpp>
#include <lamina/plan/records.hpp>
#include <lamina/runtime/cut_steps.hpp>
#include <lamina/runtime/parallel.hpp>

namespace lamina::detail {

class reach_checker {
public:
    reach_checker(
        const plan_records& plan, const std::string& label, unsigned threads, bool only_first)
        : plan_(plan), label_(label), threads_(threads), only_first_(only_first) {}

    /// Checks the steps of one kernel.
    /// Errors  LAM-R12 with the step.
    void all_of(std::size_t kernel) {
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            if (plan_.steps[i].kernel != kernel) continue;
            products(i);
            const plan_kernel& k = plan_.kernels[kernel];
            const std::string_view text = kernels::find_reach(k.family);
            // A text of the plan's own is trusted, or it is not here any more.
            if (text.empty() || (!k.text.empty() && k.text != kernels::find_text(k.family)))
                continue;
            step(i, plan_.steps[i].tactic, text);
            if (only_first_) continue;
            for (std::uint32_t t : k.tactics)
                if (t != plan_.steps[i].tactic) step(i, t, text);
        }
    }

private:
    const plan_records& plan_;
    const std::string& label_;
    unsigned threads_;
    bool only_first_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, reach_program> programs_;

    std::uint64_t bytes_of(memory_space space, std::uint32_t index) const {
        return space == memory_space::arena  ? plan_.arena_bytes
            : space == memory_space::weights ? plan_.weight_bytes
            : space == memory_space::state   ? plan_.states[index].bytes()
            : space == memory_space::input   ? plan_.inputs[index].bytes()
                                             : plan_.outputs[index].bytes();
    }

    [[noreturn]] void refuse(std::size_t index, const char* why) const {
        const plan_step& s = plan_.steps[index];
        throw error(errc::plan_limits, label_,
            label_ + ": step " + std::to_string(index) + " '" + std::string(s.name.substr(0, 95))
                + "' (" + std::string(plan_.kernels[s.kernel].family) + ") may not run: " + why
                + "; the plan was damaged or made by faulty code, make it again");
    }

    /// What libraries read and write for a step, whichever of its tactics is chosen.
    void products(std::size_t index) const try {
        const plan_step& s = plan_.steps[index];
        product(s, plan_.tactics[s.tactic].gemm);
        for (std::uint32_t t : plan_.kernels[s.kernel].tactics) product(s, plan_.tactics[t].gemm);
    } catch (const reach_fault& why) {
        refuse(index, why.what());
    }
    void product(const plan_step& s, const gemm_call& g) const {
        if (!g.present) return;
        if (!g.is_sound()) throw reach_fault("the numbers of its product describe no matrices");
        const auto matrix = [&](std::int32_t argument, std::int64_t span, const char* which) {
            if (argument < 0) return;  // scratch memory, which is made for it
            if (static_cast<std::size_t>(argument) >= s.arguments.size())
                throw reach_fault("its product takes buffer " + std::to_string(argument)
                    + ", it passes " + std::to_string(s.arguments.size()));
            const plan_argument& a = s.arguments[static_cast<std::size_t>(argument)];
            if (a.type != dtype::f32)
                throw reach_fault(
                    "its product is of floats, it passes " + std::string(to_text(a.type)));
            const auto all = static_cast<std::int64_t>(bytes_of(a.space, a.index) / 4);
            const auto first = static_cast<std::int64_t>(a.offset / 4);
            if (first + span > all)
                throw reach_fault("its product may touch elements "  //
                    + std::to_string(first) + " to " + std::to_string(first + span - 1) + " of "
                    + which + ", the " + std::string(to_text(a.space)) + " has "
                    + std::to_string(all));
        };
        matrix(g.a, g.a_span(), "its first factor");
        matrix(g.b, g.b_span(), "its second factor");
        matrix(g.c, g.c_span(), "its result");
        if (g.c < 0) return;
        const memory_space to = s.arguments[static_cast<std::size_t>(g.c)].space;
        if (to == memory_space::input || to == memory_space::weights)
            throw reach_fault("it writes to the " + std::string(to_text(to)));
    }

    void step(std::size_t index, std::uint32_t tactic_index, std::string_view text) try {
        const plan_step& s = plan_.steps[index];
        const plan_kernel& k = plan_.kernels[s.kernel];
        const plan_tactic& t = plan_.tactics[tactic_index];
        auto at = programs_.find({s.kernel, tactic_index});
        if (at == programs_.end()) {
            const std::string_view defines[] = {k.defines, t.defines};
            const std::string_view texts[]
                = {kernels::prelude_text(), kernels::find_text(k.family)};
            at = programs_
                     .emplace(
                         std::pair(s.kernel, tactic_index), reach_program(defines, text, texts))
                     .first;
        }
        const reach_program& program = at->second;
        // A kernel around a library's product has two more, for patches and sums.
        const std::size_t scratch = t.gemm.present ? 2 : 0;
        if (program.buffers.size() != s.arguments.size() + scratch)
            throw reach_fault("its kernel takes " + std::to_string(program.buffers.size())
                + " buffers, it passes " + std::to_string(s.arguments.size() + scratch));
        if (program.numbers.size() != s.numbers.size())
            throw reach_fault("its kernel takes " + std::to_string(program.numbers.size())
                + " numbers, it passes " + std::to_string(s.numbers.size()));
        std::vector<reach_buffer> buffers;
        for (std::size_t b = 0; b < s.arguments.size(); ++b) {
            const plan_argument& a = s.arguments[b];
            const reach_program::argument& wanted = program.buffers[b];
            if (static_cast<std::int64_t>(size_bytes(a.type)) != wanted.bytes)
                throw reach_fault("'" + std::string(wanted.name) + "' has elements of "
                    + std::to_string(wanted.bytes) + " bytes, it passes "
                    + std::string(to_text(a.type)));
            if (wanted.written
                && (a.space == memory_space::input || a.space == memory_space::weights))
                throw reach_fault("it writes to the " + std::string(to_text(a.space)));
            const auto before = static_cast<std::int64_t>(a.offset) / wanted.bytes;
            const auto whole = static_cast<std::int64_t>(bytes_of(a.space, a.index)) / wanted.bytes;
            if (wanted.single && before >= whole)
                throw reach_fault(
                    "it reads '" + std::string(wanted.name) + "', of which nothing is there");
            if (wanted.single)
                buffers.push_back({wanted.name, 0, 1, false});
            else
                buffers.push_back({wanted.name, before, whole - before, wanted.written});
        }
        if (t.gemm.present) {
            const std::size_t first = s.arguments.size();
            for (std::size_t b = first; b < first + scratch; ++b)
                if (program.buffers[b].bytes != 4)
                    throw reach_fault("its sums and patches are no floats");
            buffers.push_back({program.buffers[first].name, 0, t.gemm.patch_elements(), true});
            buffers.push_back(
                {program.buffers[first + 1].name, 0, t.gemm.product_elements(), true});
        }
        const step_tile own = own_tile(t), cut = tile_for(s, t, threads_);
        const auto check = [&](const step_tile& tile) {
            std::array<std::int64_t, 3> global, local;
            for (std::size_t d = 0; d < 3; ++d) {
                local[d] = t.local[d];
                global[d] = static_cast<std::int64_t>(pieces(s.extents[d], tile[d])) * local[d];
            }
            reach_run(program, s.numbers, buffers, global, local).check();
        };
        check(own);
        if (cut != own) check(cut);
    } catch (const reach_fault& why) {
        refuse(index, why.what());
    }
};

/// Each tactic is checked with its own tile, and with the one that it has on so many threads.
/// Several kernels at once: to read their texts takes a GPU's plan as long as to pack its weights.
/// `only_first`: of each step the tactic that it begins with. A plan that the program's own planner made just now has
/// many where dims change, and reading all of their texts takes up to a fifth of a start.
/// Errors  LAM-R12 for a step whose kernel may reach outside of its buffers.
inline void check_reach(const plan_records& plan, const std::string& label, unsigned threads = 1,
    bool only_first = false) {
    in_parallel(plan.kernels.size(), [&](std::size_t kernel) {
        reach_checker(plan, label, threads, only_first).all_of(kernel);
    });
}

}  // namespace lamina::detail
