// SPDX-License-Identifier: Apache-2.0
// Assigns every value a view of some storage and turns fusion groups into steps. In layers: value_views
// (a value in the form a kernel reads), view_aliases (ops that are index arithmetic), and here the steps
// and the stage itself. Runs after schedule; it decides layouts, so that later stages can compute each
// element's address.
#pragma once
#include <lamina/planner/check.hpp>
#include <lamina/planner/fuse_horizontally.hpp>
#include <lamina/planner/nest_concats.hpp>
#include <lamina/planner/view_aliases.hpp>

#include <utility>

namespace lamina::planner {

/// One run of the stage.
struct layout_assignment : view_aliases {
    using view_aliases::view_aliases;

    /// What an operand of floats becomes where it must be copied. Chains read floats beside one type of
    /// 16 bits, so that a second one becomes floats.
    constexpr dtype operand_type(const fusion_group& w, const step& s, const view& v) const {
        const dtype own = s.numbers.storage;
        if (!is_pointwise(w.kind)) return own;
        return v.type == own || (w.numbers.storage == own && v.type == dtype::f32) ? own
                                                                                   : dtype::f32;
    }
    /// True if chains write the view in whole blocks, for which they read vectors; others go element by element.
    static constexpr bool takes_blocks(const view& y) {
        return y.lay.block > 1 && y.is_straight() && y.clean;
    }
    constexpr void resolve_operands(const fusion_group& w, step& s) {
        const bool rows = traits_of(w.kind).epilogue == epilogue_form::rows;
        for (const operand& o : w.operands) {
            resolved_operand r;
            r.weight = o.weight;
            r.axis = o.axis;
            r.scale = o.scale;
            r.zero = o.zero;
            if (o.value >= 0) {
                view v = views[at(o.value)];
                reads = operand_type(w, s, v);
                // Block and axis numbers must mean the same on both sides.
                // Products address rows, which cannot be blocked.
                if ((rows || v.dims.rank != s.output.dims.rank) && v.lay.block > 1)
                    v = as_strided(o.value);
                else if (!v.lanes.is_plain()
                    || (v.shift && !(is_pointwise(w.kind) && !takes_blocks(s.output))))
                    v = as_image(o.value);
                else if (!is_readable(v))
                    v = is_image[at(o.value)] ? as_image(o.value) : as_rows(o.value);
                r.seen = broadcast(v, s.output.dims);
                int stride = 0;
                if (rows && !merged_rows(r.seen.lay, r.seen.dims, stride)) {
                    const view dense
                        = new_view(r.seen.dims, row_major(r.seen.dims), read_type(v.type));
                    copy(r.seen, dense, o.value);
                    r.seen = dense;
                }
            }
            s.operands.push_back(r);
        }
    }
    /// Kernels of images run along rows, so that a step over sequences, or over images of one column, is one over
    /// images of one row.
    static constexpr void see_rows(step& s) {
        for (view& v : s.inputs) v = as_one_row(v);
        s.output = as_one_row(s.output);
        for (further_output& also : s.further) also.seen = as_one_row(also.seen);
        for (resolved_operand& o : s.operands) {
            if (o.weight < 0) o.seen = as_one_row(o.seen);
            if (o.axis == 2 || o.axis == 3) o.axis = 5 - o.axis;
        }
    }
    /// A step over volumes is one over images, their slices. Of the input, whose volumes may lie anywhere,
    /// the first slice's volume is seen, and depth_walk says where the others are.
    constexpr void see_slices(step& s, const node& n) {
        if (n.kind == op::normalize) return;  // of whole volumes
        for (resolved_operand& o : s.operands)
            if (o.weight < 0 && is_volume(o.seen.dims)) o.seen = as_slices(sliced(o.seen, s.node));
        const view& x = s.inputs[0];
        const auto kind = static_cast<pool_kind>(n.attr.kind);
        const bool sees_one = is_flat(s.win) && has_slices(x)
            && (n.kind != op::pool || x.dims.h == n.dims.h || kind == pool_kind::max
                || kind == pool_kind::average)
            && s.further.empty();
        const bool writes_volumes = is_volume(s.output.dims);
        if (is_volume(x.dims) && !sees_one)
            s.depth = {x.dims.h, writes_volumes ? n.dims.h : 1, x.lay.stride[0]};
        for (view& v : s.inputs)
            if (is_volume(v.dims)) v = as_slices(v);
        if (writes_volumes) s.output = as_slices(s.output);
    }
    /// An operand that is a batch of slices, copied if need be.
    constexpr view sliced(const view& v, int value) {
        if (has_slices(v)) return v;
        const view to = new_view(v.dims, image_layout(v.dims), read_type(v.type));
        copy(v, to, value);
        return to;
    }
    /// The value as the group's family reads it.
    constexpr view as_form(input_form form, int value, bool makes_image, bool any_type) {
        switch (form) {
        case input_form::picture:
            return reads_rows(value) ? as_picture(value) : as_image(value);
        case input_form::image:
            return !makes_image && reads_rows(value) ? as_picture(value) : as_image(value);
        case input_form::planes:
            return makes_image ? as_image(value) : as_planes(value);
        case input_form::matrix:
            return as_matrix(value);
        case input_form::strided:
            return as_strided(value, any_type);
        case input_form::rows:
            return as_rows(value);
        case input_form::any:
            break;
        }
        return is_typed(views[at(value)]) ? views[at(value)] : as_rows(value);
    }
    constexpr void compute(const fusion_group& w) {
        const op_traits& traits = traits_of(w.kind);
        reads = w.numbers.storage;
        dynamic_array<view> inputs;
        inputs.reserve(w.inputs.size());
        if (traits.in_place) views[at(w.output)] = views[at(w.inputs[0])];
        for (std::size_t k = traits.in_place; k < w.inputs.size(); ++k) {
            const int value = w.inputs[k];
            const bool is_batch = is_volume(node_of(value).dims);
            inputs.push_back(
                is_batch && is_over_images_alone(node_of(w.anchor), node_of(value).dims)
                    ? as_rows(value)
                    : w.gathers && !is_batch && views[at(value)].lay.block > 1
                    ? as_channels(value)
                    : as_form(w.reads, value, is_image[at(w.output)],
                          is_float_input(traits, static_cast<int>(k))));
            if (traits.in_place && inputs.back().storage == views[at(w.output)].storage)
                inputs.back() = as_copy(inputs.back(), value);  // parts of a state move inside it
        }
        step s;
        s.kind = w.kind;
        s.anchor = w.anchor;
        s.families = w.families;
        s.on_ints = w.on_ints;
        s.numbers = w.numbers;
        s.node = w.output;
        s.inputs = std::move(inputs);
        s.output = w.row < 0 ? allocate(w.output) : allocate_row(w);
        s.row = w.row;
        for (int value : w.further)
            s.further.push_back({allocate(value), value, node_of(value).attr.axis});
        s.members = w.members;
        s.folds = w.folds;
        s.dequantize = w.dequantize;
        s.epilogue = w.epilogue;
        if (is_pointwise(w.kind)) s.numbers.storage = narrow_type_of(w, s.output);
        s.keeps_finite = halves.finite(w.output);
        for (const group_part& part : m.parts_of(w.row))
            s.keeps_finite = s.keeps_finite || halves.finite(part.output);
        s.keeps_finite = s.keeps_finite && is_narrow(s.numbers.storage);
        resolve_operands(w, s);  // may add copies, which must precede this step
        s.win = window_of(node_of(w.anchor));
        const bool is_over_images = is_spatial(w.kind)
            || (traits.images == image_use::over_channels && is_image[at(w.output)]);
        const bool is_sequence = is_over_images && s.output.dims.rank == 3;
        if (is_sequence || (is_over_columns(node_of(w.anchor)) && s.inputs[0].dims.rank == 4))
            see_rows(s);
        if (is_over_images && !is_over_images_alone(node_of(w.anchor), s.inputs[0].dims)
            && (is_volume(s.output.dims) || is_volume(s.inputs[0].dims)))
            see_slices(s, node_of(w.anchor));
        m.steps.push_back(std::move(s));
    }
    /// Chains compute floats whatever they read and write: the type of 16 bits among these (of several
    /// the output's, else the first), or the group's.
    constexpr dtype narrow_type_of(const fusion_group& w, const view& output) const {
        if (is_narrow(output.type)) return output.type;
        for (const operand& o : w.operands)
            if (o.value >= 0 && is_narrow(views[at(o.value)].type)) return views[at(o.value)].type;
        return w.numbers.storage;
    }
    /// Rows of few channels as they are, in storage precision or floats.
    constexpr view as_picture(int value) {
        return is_readable(views[at(value)]) ? views[at(value)] : as_rows(value);
    }
    /// Rows of few channels are read as they are, the caller's NCHW picture on every target: they would
    /// fill a block badly, and the copy costs more than the strides.
    constexpr bool reads_rows(int value) const {
        return views[at(value)].lay.block == 1 && is_small(value);
    }
    constexpr bool is_small(int value) const {
        return is_picture(net(), value)
            || (!is_input(node_of(value).kind) && has_channels(node_of(value).dims)
                && node_of(value).dims.c <= few_channels(target));
    }

    /// Copies an output value into the caller's buffer if it was not written there: right after it is
    /// computed, so that its own memory can be reused.
    constexpr void results(int value) {
        if (node_of(value).dims.is_empty()) return;
        for (std::size_t k = 0; k < net().outputs.size(); ++k) {
            if (net().outputs[k].node != value) continue;
            const node& n = node_of(value);
            const view v = views[at(value)];
            if (m.storages[at(v.storage)].space == memory_space::output
                && m.storages[at(v.storage)].index == static_cast<int>(k))
                continue;
            const view to{new_storage(memory_space::output, static_cast<int>(k), 0), 0, n.dims,
                row_major(n.dims), n.type, 0, true, {}};
            copy(v, to, value);
        }
    }

    /// A weights tensor or a constant in row-major order, for steps that read it as a value.
    constexpr int packed_parameter(const node& n, dtype type) {
        weight_recipe r;
        r.source = n.parameters[weight_slot];
        if (r.source < 0) r.constant = static_cast<int>(&n - net().nodes.data());
        r.dims = n.dims.rank ? n.dims : shape{1};
        r.type = type;
        r.order_size = 2 * r.dims.rank;
        for (int i = 0; i < r.order_size; ++i) r.order[i] = i;
        r.bytes = n.dims.count() * static_cast<int>(size_bytes(r.type));
        m.weights.push_back(r);
        return new_storage(memory_space::weights, static_cast<int>(m.weights.size()) - 1, r.bytes);
    }

    /// The memory of a state, for all of its updates.
    constexpr int state_storage(int id) {
        m.states.push_back({id, stored_type(id), m.state_bytes});
        const std::int64_t bytes
            = node_of(id).dims.count() * static_cast<int>(size_bytes(stored_type(id)));
        m.state_bytes
            = (m.state_bytes + bytes + state_alignment - 1) / state_alignment * state_alignment;
        return new_storage(memory_space::state, static_cast<int>(m.states.size()) - 1, bytes);
    }

    /// Kernels count elements with ints: reports a value or packed weight whose layout needs more
    /// elements than an int can count, before anything is computed from its extents.
    constexpr sentence find_excess(const fusion_group& w) const {
        const auto padded = [](std::int64_t extent, std::int64_t block) {
            return (extent + block - 1) / block * block;
        };
        const auto sentence_of = [&](int id, const char* what, const shape& dims,
                                     std::int64_t elements, int block) -> sentence {
            const node& n = node_of(id);
            if (elements <= 2147483647) return {};
            return say(n.file, ":", n.line, ": ", detail::who_text(n).view(), ": ", what, " ",
                to_text(dims).view(), " takes ", elements, " elements in blocks of ", block,
                " channels; the limit is 2147483647. Use smaller extents or split the layer");
        };
        const auto image = [&](int value) {
            const shape& dims = node_of(value).dims;
            const int block = target.blocks_channels() ? target.channel_block : 1;
            return sentence_of(value, "its image", dims,
                padded(dims.c, block) * dims.n * dims.h * dims.w * dims.d4, block);
        };
        if (is_image[at(w.output)])
            if (const sentence found = image(w.output); !found.empty()) return found;
        const op_traits& traits = traits_of(w.kind);
        if (is_spatial(w.kind) && is_image[at(w.output)])
            for (int value : w.inputs)
                if (!(w.reads == input_form::picture && is_small(value)))
                    if (const sentence found = image(value); !found.empty()) return found;
        const int weight = node_of(w.anchor).parameters[weight_slot];
        if (weight < 0 || !traits.packs_weight) return {};
        const shape& dims = net().parameters[at(weight)].dims;
        constexpr int block = 16;  // the largest multiple that weights are padded to
        return sentence_of(w.anchor, "its weight", dims,
            padded(dims.n, block) * padded(dims.c, block) * dims.h * dims.w * dims.d4, block);
    }

    constexpr void run() {
        views.assign(net().nodes.size(), {});
        image_copies.assign(net().nodes.size(), {});
        nest_concats(m, target);
        join_slices(m, target);
        is_image = find_images(m, target);
        turns.assign(net().nodes.size(), false);
        for (const fusion_group& w : m.groups)
            turns[at(w.output)] = w.writes == output_form::strided;
        find_reading_nodes();
        halves = find_half_care(m, target, is_image);
        gaps = find_concat_gaps(m, target, is_image, halves);
        slots = find_concat_slots(m, target, is_image, halves, gaps);
        for (const fusion_group& w : m.groups)
            if (m.fault.empty()) m.fault = find_excess(w);
        if (!m.fault.empty()) return;
        fuse_horizontally(m, target, is_image, slots, gaps);
        find_reading_groups();
        int inputs = 0;
        for (int id = 0; id < static_cast<int>(net().nodes.size()); ++id) {
            const node& n = net().nodes[at(id)];
            if (!is_given(n.kind)) continue;
            if (n.dims.is_empty()) {  // nothing reads it
                inputs += is_input(n.kind);
                continue;
            }
            const int storage = is_input(n.kind) ? new_storage(memory_space::input, inputs++, 0)
                : is_state(n.kind)               ? state_storage(id)
                                                 : packed_parameter(n, stored_type(id));
            views[at(id)] = {storage, 0, n.dims, row_major(n.dims),
                is_input(n.kind) ? n.type : stored_type(id), 0, true, {}};
            results(id);
        }
        for (const fusion_group& w : m.groups) {
            // Views pass 16 bits on; a caller's floats become the plan's.
            if (is_view(w.kind) && !w.inputs.empty() && is_narrow(views[at(w.inputs[0])].type))
                reads = views[at(w.inputs[0])].type;
            switch (traits_of(w.kind).view) {
            case view_rule::reshape:
                reshape(w);
                break;
            case view_rule::permute:
                permute(w);
                break;
            case view_rule::slice:
                slice(w);
                break;
            case view_rule::concat:
                concat(w);
                break;
            case view_rule::none:
                compute(w);
            }
            reads = target.numbers.storage;
            if (w.row < 0) results(w.output);
            for (const group_part& part : m.parts_of(w.row)) results(part.output);
            for (int value : w.further) results(value);
        }
    }
};

constexpr void assign_layouts(module& m, const lamina::target& target) {
    layout_assignment(m, target).run();
}

}  // namespace lamina::planner
