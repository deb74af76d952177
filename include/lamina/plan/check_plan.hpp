// SPDX-License-Identifier: Apache-2.0
// The invariants of a plan, all in one file: every index, offset and extent against its limit.
// Called by plan_view::open, so that later code need not check again; plans are untrusted input.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/error.hpp>
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

class plan_checker {
public:
    explicit plan_checker(const plan_records& plan) : plan_(plan) {}

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
        for (const plan_parameter& p : plan_.parameters) {
            name(p.name, "a parameter");
            extents(p.dims, "parameter '" + std::string(p.name) + "'", 0);
        }
        for (std::size_t i = 0; i < plan_.weights.size(); ++i) weight(i);
        weights_apart();
        for (std::size_t i = 0; i < plan_.tactics.size(); ++i) tactic(i);
        for (std::size_t i = 0; i < plan_.kernels.size(); ++i) kernel(i);
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) step(i);
        if (plan_.segment.present && plan_.segment.bytes != plan_.weight_bytes)
            fault("the weights segment",
                "has " + number(plan_.segment.bytes) + " bytes, the plan's weights have "
                    + number(plan_.weight_bytes));
        for (const plan_binary& b : plan_.binaries) {
            below(b.kernel, plan_.kernels.size(), "a device binary", "kernel");
            below(b.tactic, plan_.tactics.size(), "a device binary", "tactic");
        }
    }

private:
    const plan_records& plan_;

    static std::string number(std::uint64_t value) { return std::to_string(value); }
    static std::string item(const char* kind, std::size_t index) {
        return std::string(kind) + " " + std::to_string(index);
    }

    [[noreturn]] static void fault(const std::string& who, const std::string& what) {
        throw error(errc::plan_limits, who,
            "plan: " + who + " " + what
                + "; the plan was damaged or made by faulty code, make it "
                  "again");
    }
    static void below(
        std::uint64_t value, std::uint64_t count, const std::string& who, const char* of) {
        if (value >= count)
            fault(who,
                std::string("names ") + of + " " + number(value) + ", the plan has "
                    + number(count));
    }
    static void at_most(
        std::uint64_t value, std::uint64_t limit, const std::string& who, const char* of) {
        if (value > limit)
            fault(who, "has " + number(value) + " " + of + ", " + number(limit) + " is the limit");
    }
    static void name(std::string_view text, const std::string& who) {
        if (text.empty()) fault(who, "has no name");
        at_most(text.size(), plan_limits::name, who, "characters of name");
    }

    /// Adds a * b to `sum` unless that exceeds the limit of a buffer.
    static bool add_product(std::uint64_t& sum, std::uint64_t a, std::uint64_t b) {
        if (b && a > plan_limits::bytes / b) return false;
        sum += a * b;
        return sum <= plan_limits::bytes;
    }

    /// `least`: 0 where a tensor may be empty.
    static void extents(const shape& dims, const std::string& who, int least = 1) {
        std::uint64_t count = 1;
        for (int axis = 0; axis < dims.rank; ++axis) {
            if (dims[axis] < least)
                fault(who,
                    "has extent " + std::to_string(dims[axis]) + ", " + std::to_string(least)
                        + " is the least");
            if (dims[axis] == 0) continue;
            const std::uint64_t before = count;
            count = 0;
            if (!add_product(count, before, static_cast<std::uint64_t>(dims[axis])))
                fault(who,
                    "has more elements (" + std::string(to_text(dims).view())
                        + ") than the limit of " + number(plan_limits::bytes));
        }
    }

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

    static void inside(std::uint64_t offset, std::uint64_t bytes, dtype type, std::uint64_t all,
        const std::string& who, memory_space space) {
        if (offset % size_bytes(type))
            fault(who,
                "lies at byte " + number(offset) + ", not a multiple of its element's "
                    + number(size_bytes(type)) + " bytes");
        if (offset > all || bytes > all - offset)
            fault(who,
                "takes bytes " + number(offset) + " to " + number(offset + bytes) + " of the "
                    + std::string(to_text(space)) + ", which has " + number(all));
    }

    void parameter(int index, const std::string& who) const {
        if (index != -1)
            below(static_cast<std::uint32_t>(index), plan_.parameters.size(), who, "parameter");
    }

    /// Parts cover the axis from its first index on, and each is a weight that holds what its
    /// parameter has.
    void parts(const plan_weight& w, const std::string& who) const {
        if (w.source != -1 || !w.folds.empty() || !w.values.empty() || w.axis < 0
            || w.axis >= w.dims.rank || is_byte_transform(w.transform))
            fault(who,
                "has " + number(w.parts.size()) + " parts along axis " + std::to_string(w.axis)
                    + " of " + std::string(to_text(w.dims).view())
                    + ", no source and folds beside them, an axis that exists and no transform to 8 bits "
                      "are expected");
        for (std::size_t k = 0; k < w.parts.size(); ++k) {
            const std::string part = who + ", part " + number(k) + ",";
            const int first = w.parts[k].first;
            const int end = k + 1 < w.parts.size() ? w.parts[k + 1].first : w.dims[w.axis];
            if ((k == 0 && first != 0) || first < 0 || first >= end || end > w.dims[w.axis])
                fault(part,
                    "goes from " + std::to_string(first) + " to " + std::to_string(end)
                        + " along an axis of " + std::to_string(w.dims[w.axis]));
            contents(w.alone(k), part);
        }
    }

    void weight(std::size_t index) const {
        const plan_weight& w = plan_.weights[index];
        const std::string who = item("weight", index);
        extents(w.dims, who);
        for (const int part : {w.bias, w.input_scale, w.input_zero_point}) parameter(part, who);
        if (w.parts.empty())
            contents(w, who);
        else
            parts(w, who);
        packing(w, who);
    }

    /// Which numbers a weight has: those of a parameter, changed by folds.
    void contents(const plan_weight& w, const std::string& who) const {
        const int rank = w.dims.rank;
        parameter(w.source, who);
        if (!w.values.empty()
            && (w.source >= 0 || !w.folds.empty() || !w.transform.empty()
                || static_cast<std::int64_t>(w.values.size()) != w.dims.count()))
            fault(who,
                "is a constant of " + number(w.values.size()) + " numbers, as many as "
                    + std::string(to_text(w.dims).view())
                    + " has are expected, without a parameter, folds or a transform");
        if (!w.transform.empty() && w.source < 0)
            fault(who, "transforms nothing, a parameter is expected");
        if (w.source >= 0) {
            const shape& file = plan_.parameters[static_cast<std::size_t>(w.source)].dims;
            if (is_byte_transform(w.transform))
                bytes(w, file, who);
            else if (!w.transform.empty())
                transform(w, file, who);
            else if (file.count() != w.dims.count())
                fault(who,
                    "sees parameter " + std::string(to_text(file).view()) + " as "
                        + std::string(to_text(w.dims).view()) + ", another number of elements");
        }
        if (w.axis < 0 || w.axis >= std::max(rank, w.folds.empty() ? 1 : 0))
            fault(
                who, "folds along axis " + std::to_string(w.axis) + " of " + std::to_string(rank));
        for (const plan_fold& fold : w.folds) {
            for (int part : {fold.weight, fold.bias, fold.mean, fold.variance}) {
                parameter(part, who);
                if (part >= 0
                    && plan_.parameters[static_cast<std::size_t>(part)].dims.count()
                        != w.dims[w.axis])
                    fault(who,
                        "folds a parameter of "
                            + std::to_string(
                                plan_.parameters[static_cast<std::size_t>(part)].dims.count())
                            + " elements along an axis of " + std::to_string(w.dims[w.axis]));
            }
            if (!std::isfinite(fold.eps) || fold.eps < 0)
                fault(who, "has an eps of " + std::to_string(fold.eps) + ", 0 is the least");
        }
    }

    /// How they lie.
    void packing(const plan_weight& w, const std::string& who) const {
        const int rank = w.dims.rank;
        const bool is_whole = (w.type == dtype::i32 && !w.values.empty()) || w.transform == "int8";
        if (w.type != dtype::f32 && w.type != dtype::f16 && w.type != dtype::bf16 && !is_whole)
            fault(who,
                "is packed as " + std::string(to_text(w.type)) + ", f32, f16 or bf16 is expected");
        const auto axes = static_cast<std::size_t>(rank);
        if (w.inner.size() != axes || w.order.size() != 2 * axes)
            fault(who,
                "has " + number(w.inner.size()) + " cuts and an order of " + number(w.order.size())
                    + " for " + number(axes) + " axes");
        std::uint64_t count = 1;
        for (int axis = 0; axis < rank; ++axis) {
            const int inner = w.inner[static_cast<std::size_t>(axis)];
            if (!w.values.empty()
                && (inner != 1 || w.order[2 * static_cast<std::size_t>(axis)] != 2 * axis))
                fault(who, "is a constant and has another order than row-major");
            if (inner < 1 || inner > 65536)
                fault(who,
                    "cuts axis " + std::to_string(axis) + " by " + std::to_string(inner)
                        + ", 1 to 65536 are allowed");
            const auto cut = static_cast<std::uint64_t>(inner);
            const std::uint64_t padded
                = (static_cast<std::uint64_t>(w.dims[axis]) + cut - 1) / cut * cut;
            const std::uint64_t before = count;
            count = 0;
            if (!add_product(count, before, padded)) fault(who, "is larger than any buffer");
        }
        unsigned seen = 0;
        for (std::uint8_t sub : w.order) {
            if (sub >= 2 * axes || (seen >> sub & 1))
                fault(who,
                    "has an order that is not a permutation of its " + number(2 * axes)
                        + " sub-axes");
            seen |= 1u << sub;
        }
        if (count * size_bytes(w.type) != w.bytes)
            fault(who,
                "claims " + number(w.bytes) + " bytes, its extents take "
                    + number(count * size_bytes(w.type)));
        if (w.offset % weight_alignment)
            fault(who,
                "lies at byte " + number(w.offset) + ", a multiple of " + number(weight_alignment)
                    + " is expected");
        inside(w.offset, w.bytes, w.type, plan_.weight_bytes, who, memory_space::weights);
    }

    /// What int8 plans make of a weight, by output, or of a scale.
    void bytes(const plan_weight& w, const shape& file, const std::string& who) const {
        const bool is_line = w.transform == "int8_factor" || w.transform == "int8_shift";
        const bool is_inverse = w.transform == "reciprocal";
        const auto count_of = [&](int part) {
            return part < 0 ? 0 : plan_.parameters[static_cast<std::size_t>(part)].dims.count();
        };
        if (w.axis != 0 || w.role != weight_role::scale || w.dims.rank < 1
            || (is_line ? w.dims.rank != 1 || file.n != w.dims.n : file.count() != w.dims.count())
            || (w.transform == "int8") != (w.type == dtype::i8)
            || (is_inverse && (!w.folds.empty() || w.dims.count() != 1))
            || (is_line && count_of(w.input_scale) != 1)
            || (w.transform == "int8_shift"
                && (count_of(w.input_zero_point) != 1
                    || (w.bias >= 0 && count_of(w.bias) != w.dims.n))))
            fault(who,
                "is " + std::string(to_text(w.dims).view()) + " " + std::string(to_text(w.type))
                    + " of " + std::string(to_text(file).view()) + " by " + std::string(w.transform)
                    + ", whose axis 0 and scales do not fit what plan.fbs says of it");
    }

    /// A transformed weight has the extents `dims` in the file, except for the last two, which are 3x3.
    void transform(const plan_weight& w, const shape& file, const std::string& who) const {
        const int tile = winograd_tile(w.transform);
        if (!tile)
            throw error(errc::plan_version, who,
                "plan: " + who + " needs the transform '" + std::string(w.transform.substr(0, 40))
                    + "', this version knows winograd_2_3, winograd_4_3, winograd_6_3, reciprocal, int8, "
                      "int8_factor and int8_shift; use the "
                      "Lamina version that made the plan");
        const shape& d = w.dims;
        if (d.rank != 4 || d.h != tile + 2 || d.w != tile + 2
            || file.count() != std::int64_t{d.n} * d.c * 9 || w.axis > 1
            || w.role != weight_role::scale || w.inner.size() != 4 || w.inner[2] != 1
            || w.inner[3] != 1)
            fault(who,
                "is " + std::string(to_text(d).view()) + " of " + std::string(to_text(file).view())
                    + " by " + std::string(w.transform) + ", which makes "
                    + std::to_string(tile + 2) + "x" + std::to_string(tile + 2)
                    + " of each 3x3 filter");
    }

    void weights_apart() const {
        std::vector<const plan_weight*> sorted;
        for (const plan_weight& w : plan_.weights) sorted.push_back(&w);
        std::sort(sorted.begin(), sorted.end(),
            [](const plan_weight* a, const plan_weight* b) { return a->offset < b->offset; });
        for (std::size_t i = 1; i < sorted.size(); ++i)
            if (sorted[i]->offset < sorted[i - 1]->offset + sorted[i - 1]->bytes)
                fault("the weights", "overlap at byte " + number(sorted[i]->offset));
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
