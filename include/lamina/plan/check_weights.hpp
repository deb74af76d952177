// SPDX-License-Identifier: Apache-2.0
// The invariants of a plan's parameters and packed weights, and the sentences of check_plan.hpp.
#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/plan/records.hpp>

namespace lamina::detail {

class weight_checker {
public:
    explicit weight_checker(const plan_records& plan) : plan_(plan) {}

    /// Parameters, packed weights, and that these do not overlap.
    void weights() const {
        for (const plan_parameter& p : plan_.parameters) {
            name(p.name, "a parameter");
            const std::string who = "parameter '" + std::string(p.name) + "'";
            extents(p.dims, who, 0);
            if (!p.values.empty()
                && (p.dims.count() != 1 || !std::isfinite(std::bit_cast<float>(p.values[0]))))
                fault(who,
                    "is a number of the network for " + std::string(to_text(p.dims).view())
                        + ", one that is finite is expected");
        }
        for (std::size_t i = 0; i < plan_.weights.size(); ++i) weight(i);
        weights_apart();
    }

protected:
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

private:
    void parameter(int index, const std::string& who) const {
        if (index != -1)
            below(static_cast<std::uint32_t>(index), plan_.parameters.size(), who, "parameter");
    }

    /// Parts cover the axis from its first index on, and each is a weight that holds what its
    /// parameter has.
    void parts(const plan_weight& w, const std::string& who) const {
        if (w.source != -1 || !w.folds.empty() || !w.values.empty() || w.constant || w.axis < 0
            || w.axis >= w.dims.rank || is_byte_transform(w.transform) || groups_of(w).bits)
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
        if (w.constant < 0 || static_cast<std::size_t>(w.constant) > plan_limits::bindings)
            fault(who,
                "is output " + std::to_string(w.constant) + " of the constant part, 1 to "
                    + number(plan_limits::bindings) + " are allowed, 0 for none");
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
        if (w.constant
            && (w.source >= 0 || !w.folds.empty() || !w.transform.empty() || !w.values.empty()
                || w.tf32))
            fault(who,
                "is output " + std::to_string(w.constant)
                    + " of the constant part, and is a parameter or numbers as well, or has folds or a "
                      "transform");
        if (w.tf32 > 1) fault(who, "has tf32 " + number(w.tf32) + ", 0 or 1 is expected");
        if (w.tf32 && (w.type != dtype::f32 || !w.transform.empty() || !w.values.empty()))
            fault(who, "is rounded to tf32, floats without a transform are expected");
        if (!w.transform.empty() && w.source < 0)
            fault(who, "transforms nothing, a parameter is expected");
        if (w.source >= 0) {
            const shape& file = plan_.parameters[static_cast<std::size_t>(w.source)].dims;
            if (is_byte_transform(w.transform))
                bytes(w, file, who);
            else if (groups_of(w).bits)
                groups(w, file, who);
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
        const bool is_constant = !w.values.empty() || w.constant;
        const bool is_whole = (w.type == dtype::i32 && is_constant)
            || (w.type == dtype::boolean && w.constant) || w.transform == "int8"
            || (groups_of(w).bits && w.type == dtype::i8);
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
            if (is_constant
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
        const std::uint64_t taken = count * size_bytes(w.type) / (is_half_bytes(w) ? 2 : 1);
        if (taken != w.bytes)
            fault(who, "claims " + number(w.bytes) + " bytes, its extents take " + number(taken));
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

    /// A part of weights of few bits, which lie in panels of outputs.
    void groups(const plan_weight& w, const shape& file, const std::string& who) const {
        const detail::group_name& row = *detail::group_transform(w.transform);
        const weight_groups groups = groups_of(w);
        const bool is_numbers = row.part == rounded_part::numbers;
        const int words = is_numbers ? groups.per_word() : 1;
        const std::uint8_t by_word[] = {0, 2, 1, 3}, by_group[] = {0, 2, 3, 1};
        if (w.group < 16 || w.group > 65536 || w.group % 8 || file.rank != 2 || w.dims.rank != 2
            || w.dims.n != file.n || w.dims.c != (is_numbers ? file.c : groups.count(file.c))
            || !w.folds.empty() || w.role != weight_role::scale || w.axis != 0 || w.tf32
            || (w.type == dtype::f32) != (row.part == rounded_part::scale) || w.inner.size() != 2
            || w.inner[1] != words || !std::ranges::equal(w.order, is_numbers ? by_word : by_group))
            fault(who,
                "is " + std::string(to_text(w.dims).view()) + " " + std::string(to_text(w.type))
                    + " of " + std::string(to_text(file).view()) + " by " + std::string(w.transform)
                    + " with groups of " + std::to_string(w.group)
                    + ", which do not fit what plan.fbs says of it");
    }

    /// A transformed weight has the extents `dims` in the file, except for the last two, which are 3x3.
    void transform(const plan_weight& w, const shape& file, const std::string& who) const {
        const int tile = winograd_tile(w.transform);
        if (!tile)
            throw error(errc::plan_version, who,
                "plan: " + who + " needs the transform '" + std::string(w.transform.substr(0, 40))
                    + "', this version knows winograd_2_3, winograd_4_3, winograd_6_3, reciprocal, int8, "
                      "int8_factor, int8_shift, int4_symmetric, int4_affine, int8_symmetric and "
                      "int8_affine; use the "
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
};

}  // namespace lamina::detail
