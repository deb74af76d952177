// SPDX-License-Identifier: Apache-2.0
// The first layer of a launch_builder: the kernel's constants, the numbers and buffers that it is
// called with, and the weight recipes behind them. Nothing is text yet: render writes what distinct
// kernels need.
#pragma once
#include <lamina/planner/defines.hpp>
#include <lamina/planner/stage_data.hpp>
#include <lamina/planner/target.hpp>

namespace lamina::planner {

struct launch_arguments {
    module& m;
    const lamina::target& target;
    const step& s;
    launch out;
    define_list defines;

    constexpr launch_arguments(module& module_, const lamina::target& target_, const step& step_)
        : m(module_), target(target_), s(step_) {
        out.arguments.reserve(8);
        out.numbers.reserve(32);
        define("HALF", target.numbers.storage == dtype::f16 ? 1 : 0);
        if (target.numbers.storage == dtype::bf16) define("BF16", 1);
        if (is_wide(s.output))
            define("OUT_FLOAT", 1);
        else if (s.keeps_finite)
            define("KEEP_FINITE", 1);
        else if (is_quantized())
            define("OUT_QUANTIZED", 2);
        if (m.storages[at(s.output.storage)].tf32) define("TF32_OUT", 1);
    }

    /// True for floats where kernels read and write a narrower type: a caller's picture or result.
    constexpr bool is_wide(const view& v) const {
        return v.type == dtype::f32 && !target.stores_floats();
    }

    /// True for a step whose last functions are those of quantize: whole numbers from 0 to 255.
    constexpr bool is_quantized() const {
        return !s.is_copy && s.output.type == dtype::u8 && s.node >= 0
            && m.net->nodes[at(s.node)].kind == op::quantize;
    }

    // Constants of the kernel.
    constexpr void define(const phrase& key, int value) {
        defines.add(part_kind::define, key, -1, value);
    }
    constexpr void define(const phrase& key, const phrase& value) {
        defines.add(part_kind::opening, key);
        defines.add(part_kind::closing, value);
    }

    /// True if no number of this network's kernels is an argument.
    constexpr bool has_constant_sizes() const {
        return target.sizes == size_form::constants
            || (target.sizes == size_form::of_dims && m.net->ranges.empty());
    }

    /// True if kernels take what changes with the network's shape as arguments.
    constexpr bool shares_shapes() const { return !has_constant_sizes() && !m.net->ranges.empty(); }

    /// A number of this step: an int argument, or a constant where the target wants that. 0 and
    /// 1 are always constants, so that the compiler can remove what they switch off.
    constexpr void number(const phrase& key, int value) { number(key, -1, value); }
    constexpr void number(const phrase& key, int index, int value) {
        if (has_constant_sizes() || value == 0 || value == 1) {
            defines.add(part_kind::define, key, index, value);
            return;
        }
        defines.add(part_kind::argument, key, index);
        out.numbers.push_back(value);
    }
    /// The same for a stride of a buffer: S_x2.
    constexpr void stride(const phrase& buffer, int axis, int value) {
        if (has_constant_sizes() || value == 0 || value == 1) {
            defines.add(part_kind::define_stride, buffer, axis, value);
            return;
        }
        defines.add(part_kind::argument_stride, buffer, axis);
        out.numbers.push_back(value);
    }

    /// Words of a line that begins with "#define KEY", followed by a number; end() closes the line.
    constexpr void put(const phrase& words, int number = -1) {
        defines.add(part_kind::words, words, number);
    }
    constexpr void end(const phrase& words, int number = -1) {
        defines.add(part_kind::closing, words, number);
    }

    // Buffer arguments, in the order of the kernel's signature.
    constexpr void argument_of(const view& v) {
        out.arguments.push_back({memory_space::arena, v.storage, v.offset, v.type});
    }
    constexpr void input(const view& v) { argument_of(v); }
    constexpr void output(const view& v) { argument_of(v); }
    /// A packed array of weights by its recipe.
    constexpr void weights(int recipe) {
        out.arguments.push_back({memory_space::weights, recipe, 0, m.weights[at(recipe)].type});
    }
    /// Adds a recipe and passes it; sizes are computed here.
    constexpr int pack(const weight_recipe& wanted) {
        m.weights.push_back(wanted);
        weight_recipe& r = m.weights.back();
        if (s.row >= 0) put_side_by_side(r);
        if (r.dims.rank == 0) r.dims = {1};
        std::int64_t count = 1;
        for (int axis = 0; axis < r.dims.rank; ++axis)
            count
                *= std::int64_t{(r.dims[axis] + r.inner[axis] - 1) / r.inner[axis]} * r.inner[axis];
        if (!r.order_size) {
            r.order_size = 2 * r.dims.rank;
            for (int i = 0; i < r.order_size; ++i) r.order[i] = i;
        }
        r.bytes = r.bytes_for(count);
        const int last = static_cast<int>(m.weights.size()) - 1;
        const int same = find_same(r, last);
        if (same == last) return last;
        m.weights.pop_back();
        return same;
    }
    /// True if packing changes no place: blocks follow each other without padding.
    static constexpr bool lies_as_in_file(const weight_recipe& r) {
        if (r.winograd || r.bytes_of != byte_form::none || r.tf32 || r.groups.bits) return false;
        for (int axis = 0; axis < r.dims.rank; ++axis)
            if (r.dims[axis] % r.inner[axis]) return false;
        for (int k = 0; k < r.order_size; ++k)
            if (r.order[k] != k) return false;
        return true;
    }
    /// The first recipe that makes the same array, of weights that several layers share.
    constexpr int find_same(const weight_recipe& r, int last) const {
        if (r.source < 0 || r.folds.count || r.parts.count || r.bytes_of != byte_form::none
            || m.net->parameters[at(r.source)].node == s.anchor)  // which reads it first
            return last;
        for (int i = 0; i < last; ++i) {
            const weight_recipe& other = m.weights[at(i)];
            if (other.source != r.source || other.folds.count || other.parts.count
                || other.bytes_of != byte_form::none || other.bytes != r.bytes
                || other.type != r.type || other.tf32 != r.tf32 || other.shifts != r.shifts
                || !(other.dims == r.dims) || other.winograd != r.winograd
                || other.order_size != r.order_size || !(other.groups == r.groups)
                || other.part != r.part)
                continue;
            bool is_same = true;
            if (lies_as_in_file(r) && lies_as_in_file(other)) return i;
            for (int axis = 0; axis < r.dims.rank; ++axis)
                is_same = is_same && other.inner[axis] == r.inner[axis];
            for (int k = 0; k < r.order_size; ++k)
                is_same = is_same && other.order[k] == r.order[k];
            if (is_same) return i;
        }
        return last;
    }
    /// The weights or shifts of the step's layers instead of those of its anchor.
    constexpr void put_side_by_side(weight_recipe& r) {
        layer_row& row = m.layer_rows[at(s.row)];
        for (group_part& part : row.parts) {
            if (row.has_recipes) break;
            part.recipes = {static_cast<int>(m.folds.size()), static_cast<int>(part.folds.size())};
            for (int id : part.folds) m.folds.push_back(fold_of(m.net->nodes[at(id)]));
        }
        row.has_recipes = true;
        r.source = -1;
        r.parts = {static_cast<int>(m.recipe_parts.size()), static_cast<int>(row.parts.size())};
        for (const group_part& part : row.parts)
            m.recipe_parts.push_back(
                {m.net->nodes[at(part.anchor)].parameters[r.shifts ? bias_slot : weight_slot],
                    part.first, part.recipes});
    }
    /// The folds of this step's anchor, for its recipes.
    constexpr fold_range folds() {
        if (s.folds.empty() || s.row >= 0 || anchor_folds.count) return anchor_folds;
        anchor_folds = {static_cast<int>(m.folds.size()), static_cast<int>(s.folds.size())};
        for (int id : s.folds) m.folds.push_back(fold_of(m.net->nodes[at(id)]));
        return anchor_folds;
    }
    fold_range anchor_folds;
    /// True if the anchor has a bias of its own or from a fold.
    constexpr bool has_shift() const {
        for (const group_part& part : m.parts_of(s.row))
            if (m.net->nodes[at(part.anchor)].parameters[bias_slot] >= 0) return true;
        return !s.folds.empty() || m.net->nodes[at(s.anchor)].parameters[bias_slot] >= 0;
    }
    /// The anchor's bias with its folds, float, padded to a multiple of `inner`; -1 if none.
    constexpr int pack_shift(int count, int inner) {
        if (!has_shift()) return -1;
        weight_recipe r;
        r.source = m.net->nodes[at(s.anchor)].parameters[bias_slot];
        r.shifts = true;
        r.folds = folds();
        r.dims = {count};
        r.inner[0] = inner;
        return pack(r);
    }
};

}  // namespace lamina::planner
