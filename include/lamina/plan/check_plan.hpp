// SPDX-License-Identifier: Apache-2.0
// The invariants of a plan: every index, offset and extent against its limit (weights: check_weights.hpp).
// Called by plan_view::open, so that later code need not check again; plans are untrusted input.
#pragma once
#include <algorithm>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/plan/check_weights.hpp>
#include <lamina/plan/records.hpp>

namespace lamina {

namespace detail {

/// Empty, or which extent of the inputs is not the value of its dim.
inline std::string axes_fault(const plan_records& plan, const std::vector<plan_binding>& inputs,
    std::span<const std::int32_t> values) {
    std::size_t at = 0;
    for (const plan_binding& b : inputs)
        for (int axis = 0; axis < b.dims.rank && at < plan.axes.size(); ++axis, ++at) {
            const std::int32_t d = plan.axes[at];
            if (d >= 0 && b.dims[axis] != values[static_cast<std::size_t>(d)])
                return "has an input '" + std::string(b.name.substr(0, 95)) + "' of "
                    + std::string(to_text(b.dims).view()) + ", whose axis " + std::to_string(axis)
                    + " should be " + std::to_string(values[static_cast<std::size_t>(d)]);
        }
    return {};
}

class plan_checker : weight_checker {
public:
    using weight_checker::weight_checker;

    void all() const {
        at_most(plan_.arena_bytes, plan_limits::bytes, "the plan", "bytes of arena");
        at_most(plan_.weight_bytes, plan_limits::bytes, "the plan", "bytes of weights");
        if (plan_.outputs.empty()) fault("the plan", "has no output, at least 1 is needed");
        const bool gives = std::any_of(plan_.outputs.begin(), plan_.outputs.end(),
            [](const plan_binding& b) { return !b.dims.is_empty(); });
        if (plan_.steps.empty() && gives) fault("the plan", "has no step, at least 1 is needed");
        bindings(plan_.inputs, "input");
        bindings(plan_.outputs, "output");
        states();
        dims();
        for (std::size_t i = 0; i < plan_.tensors.size(); ++i) tensor(i);
        weights();
        for (std::size_t i = 0; i < plan_.tactics.size(); ++i) tactic(i);
        for (std::size_t i = 0; i < plan_.kernels.size(); ++i) kernel(i);
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) step(i);
        if (plan_.segment.present && plan_.segment.bytes != plan_.weight_bytes)
            fault("the weights segment",
                "has " + number(plan_.segment.bytes) + " bytes, the plan's weights have "
                    + number(plan_.weight_bytes));
        if (plan_.segment.present && !plan_.constants.empty())
            fault("the plan",
                "has a constant part of " + number(plan_.constants.size())
                    + " bytes beside a segment of weights, which has what it computes");
        for (const plan_binary& b : plan_.binaries) {
            below(b.kernel, plan_.kernels.size(), "a device binary", "kernel");
            below(b.tactic, plan_.tactics.size(), "a device binary", "tactic");
        }
    }

private:
    void bindings(const std::vector<plan_binding>& all, const char* kind) const {
        for (std::size_t i = 0; i < all.size(); ++i) {
            const plan_binding& b = all[i];
            const std::string who
                = std::string(kind) + " '" + std::string(b.name.substr(0, 95)) + "'";
            name(b.name, item(kind, i));
            extents(b.dims, who, 0);
            if (b.type != dtype::f32 && b.type != dtype::f16 && !is_integer(b.type))
                fault(who,
                    "is of type " + std::string(to_text(b.type))
                        + ", inputs and outputs are f32, f16, i32, i8, u8 or boolean");
            if (b.tensor != -1)
                below(static_cast<std::uint32_t>(b.tensor), plan_.tensors.size(), who, "tensor");
            for (std::size_t j = 0; j < i; ++j)
                if (all[j].name == b.name) fault(who, "is there twice");
        }
    }

    /// States lie apart, so that no kernel that stays inside its own can reach another.
    void states() const {
        at_most(plan_.state_bytes, plan_limits::bytes, "the plan", "bytes of states");
        std::vector<const plan_state*> sorted;
        for (std::size_t i = 0; i < plan_.states.size(); ++i) {
            const plan_state& s = plan_.states[i];
            const std::string who = "state '" + std::string(s.name.substr(0, 95)) + "'";
            name(s.name, item("state", i));
            extents(s.dims, who);
            if (!is_floating(s.type) && !is_integer(s.type))
                fault(who, "is of type " + std::string(to_text(s.type)));
            if (s.offset % 128)
                fault(who, "lies at byte " + number(s.offset) + ", a multiple of 128 is expected");
            inside(s.offset, s.bytes(), s.type, plan_.state_bytes, who, memory_space::state);
            for (std::size_t j = 0; j < i; ++j)
                if (plan_.states[j].name == s.name) fault(who, "is there twice");
            sorted.push_back(&s);
        }
        std::sort(sorted.begin(), sorted.end(),
            [](const plan_state* a, const plan_state* b) { return a->offset < b->offset; });
        for (std::size_t i = 1; i < sorted.size(); ++i)
            if (sorted[i]->offset < sorted[i - 1]->offset + sorted[i - 1]->bytes())
                fault("the states", "overlap at byte " + number(sorted[i]->offset));
        for (std::size_t i = 0; i < plan_.bounds.size(); ++i) {
            const plan_bound& b = plan_.bounds[i];
            const std::string who = item("bound", i);
            below(b.input, plan_.inputs.size(), who, "input");
            below(b.state, plan_.states.size(), who, "state");
            if (plan_.inputs[b.input].type != dtype::i32 || b.least > b.most)
                fault(who,
                    "is of '" + std::string(plan_.inputs[b.input].name) + "', "
                        + std::string(to_text(plan_.inputs[b.input].type)) + ", from "
                        + std::to_string(b.least) + " to " + std::to_string(b.most)
                        + "; i32 and a range are expected");
        }
    }

    /// Of saved plans for several shapes.
    void dims() const {
        for (std::size_t i = 0; i < plan_.dims.size(); ++i) {
            const plan_range& d = plan_.dims[i];
            const std::string who = "dim '" + std::string(d.name.substr(0, 95)) + "'";
            name(d.name, item("dim", i));
            if (d.step < 1 || d.min < 0 || !is_value(d, d.opt))
                fault(who,
                    "goes from " + std::to_string(d.min) + " to " + std::to_string(d.max) + " by "
                        + std::to_string(d.step) + " and is " + std::to_string(d.opt)
                        + ", a rising range with that value in it is expected");
            for (std::size_t j = 0; j < i; ++j)
                if (plan_.dims[j].name == d.name) fault(who, "is there twice");
        }
        std::size_t axes = 0;
        for (const plan_binding& b : plan_.inputs) axes += static_cast<std::size_t>(b.dims.rank);
        if (plan_.axes.size() != (plan_.dims.empty() ? 0 : axes))
            fault("the plan",
                "says of " + number(plan_.axes.size())
                    + " axes which dims they are, its inputs have " + number(axes));
        std::vector<std::int32_t> own;
        for (const plan_range& d : plan_.dims) own.push_back(d.opt);
        for (const std::int32_t d : plan_.axes)
            if (d != -1)
                below(
                    static_cast<std::uint32_t>(d), plan_.dims.size(), "an axis of an input", "dim");
        if (const std::string why = axes_fault(plan_, plan_.inputs, own); !why.empty())
            fault("the plan", why);
        std::set<std::vector<std::int32_t>> seen{own};
        for (std::size_t i = 0; i < plan_.shapes.size(); ++i) {
            const auto values = plan_.shapes[i].values;
            if (values.size() != plan_.dims.size() || values.empty())
                fault(item("shape", i),
                    "has " + number(values.size()) + " values, the plan has "
                        + number(plan_.dims.size()) + " dims");
            for (std::size_t d = 0; d < values.size(); ++d)
                if (!is_value(plan_.dims[d], values[d]))
                    fault(item("shape", i),
                        "has " + std::to_string(values[d]) + " for dim '"
                            + std::string(plan_.dims[d].name.substr(0, 95))
                            + "', which is none of its values");
            if (!seen.emplace(values.begin(), values.end()).second)
                fault(item("shape", i), "is there twice");
        }
    }

    static bool is_value(const plan_range& d, std::int32_t value) {
        return value >= d.min && value <= d.max && (std::int64_t{value} - d.min) % d.step == 0;
    }

    /// Bytes of the buffer that (space, index) names.
    std::uint64_t buffer_bytes(
        memory_space space, std::uint32_t index, const std::string& who) const {
        if (space == memory_space::arena) return plan_.arena_bytes;
        if (space == memory_space::weights) return plan_.weight_bytes;
        if (space == memory_space::state) {
            below(index, plan_.states.size(), who, "state");
            return plan_.states[index].bytes();
        }
        const auto& list = space == memory_space::input ? plan_.inputs : plan_.outputs;
        below(index, list.size(), who, space == memory_space::input ? "input" : "output");
        return list[index].bytes();
    }

    void tensor(std::size_t index) const {
        const plan_tensor& t = plan_.tensors[index];
        const std::string who = item("tensor", index);
        at_most(t.name.size(), plan_limits::name, who, "characters of name");
        extents(t.dims, who);
        if (t.block < 1 || t.block > 65536 || (t.block > 1 && t.dims.rank < 2))
            fault(who,
                "has blocks of " + std::to_string(t.block) + " on "
                    + std::string(to_text(t.dims).view()) + ", 1 to 65536 on axis 1 are allowed");
        const auto block = static_cast<std::uint64_t>(t.block);
        std::uint64_t last = block - 1;
        for (int axis = 0; axis < max_rank; ++axis) {
            const auto extent = static_cast<std::uint64_t>(t.dims[axis]);
            const std::uint64_t steps = axis == 1 ? (extent + block - 1) / block : extent;
            if (t.strides[axis] < 0
                || !add_product(last, steps - 1, static_cast<std::uint64_t>(t.strides[axis])))
                fault(who,
                    "has stride " + std::to_string(t.strides[axis]) + " on axis "
                        + std::to_string(axis) + ", out of every buffer");
        }
        inside(t.offset, (last + 1) * size_bytes(t.type), t.type,
            buffer_bytes(t.space, t.index, who), who, t.space);
    }

    void tactic(std::size_t index) const {
        const plan_tactic& t = plan_.tactics[index];
        const std::string who = item("tactic", index);
        at_most(t.name.size(), plan_limits::name, who, "characters of name");
        at_most(t.needs.size(), plan_limits::name, who, "characters of ability");
        std::uint64_t items = 1;
        if (t.tile.size() != 3 || t.local.size() != 3)
            fault(who,
                "has " + number(t.tile.size()) + " tile and " + number(t.local.size())
                    + " local sizes, 3 of each are expected");
        for (std::size_t d = 0; d < 3; ++d) {
            if (t.tile[d] == 0 || t.local[d] == 0) fault(who, "has a size of 0, 1 is the least");
            at_most(t.local[d], plan_limits::work_group, who, "work-items on a side");
            items *= t.local[d];
        }
        at_most(items, plan_limits::work_group, who, "work-items in a group");
        if (t.cost.empty() || t.cost.size() == 1) return;
        if (t.cost.size() != 5)
            fault(who, "has " + number(t.cost.size()) + " numbers of cost, 0, 1 or 5 are expected");
        for (std::size_t d = 0; d < 2; ++d)
            if (t.cost[3 + d] == 0 || t.cost[3 + d] > t.tile[d] || t.local[d] != 1)
                fault(who,
                    "has a tile of " + number(t.tile[d]) + " that may shrink to "
                        + number(t.cost[3 + d]) + " with " + number(t.local[d])
                        + " work-items in a group, 1 to the tile and groups of 1 are expected");
    }

    void kernel(std::size_t index) const {
        const plan_kernel& k = plan_.kernels[index];
        const std::string who = item("kernel", index);
        name(k.family, who);
        const auto letter
            = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
        for (std::size_t i = 0; i < k.family.size(); ++i)
            if (!letter(k.family[i]) && !(i && k.family[i] >= '0' && k.family[i] <= '9'))
                fault(who, "has a family whose name is not a C identifier");
        at_most(k.tactics.size(), plan_limits::choices, who, "tactics");
        for (std::uint32_t t : k.tactics) below(t, plan_.tactics.size(), who, "tactic");
    }

    void step(std::size_t index) const {
        const plan_step& s = plan_.steps[index];
        const std::string who = item("step", index);
        at_most(s.name.size(), plan_limits::name, who, "characters of name");
        below(s.kernel, plan_.kernels.size(), who, "kernel");
        below(s.tactic, plan_.tactics.size(), who, "tactic");
        if (s.extents.size() != 3)
            fault(who, "has " + number(s.extents.size()) + " extents, 3 are expected");
        for (std::uint32_t extent : s.extents)
            if (extent == 0) fault(who, "has an extent of 0, 1 is the least");
        for (const plan_argument& a : s.arguments)
            inside(a.offset, size_bytes(a.type), a.type, buffer_bytes(a.space, a.index, who), who,
                a.space);
        for (const plan_argument& a : s.arguments) {
            if (a.space == memory_space::state && plan_.states[a.index].type != a.type)
                fault(who,
                    "sees state '" + std::string(plan_.states[a.index].name) + "' as "
                        + std::string(to_text(a.type)) + ", it is "
                        + std::string(to_text(plan_.states[a.index].type)));
            if (a.space != memory_space::input && a.space != memory_space::output) continue;
            const auto& list = a.space == memory_space::input ? plan_.inputs : plan_.outputs;
            if (size_bytes(list[a.index].type) != size_bytes(a.type))
                fault(who,
                    "reads '" + std::string(list[a.index].name) + "' as "
                        + std::string(to_text(a.type)) + ", it is "
                        + std::string(to_text(list[a.index].type)));
        }
        if (s.output != -1)
            below(static_cast<std::uint32_t>(s.output), plan_.tensors.size(), who, "tensor");
    }
};

}  // namespace detail

/// Throws LAM-R12 (or LAM-R11 for a transform this version lacks) unless every invariant holds.
inline void check_plan(const plan_records& plan) { detail::plan_checker(plan).all(); }

}  // namespace lamina
