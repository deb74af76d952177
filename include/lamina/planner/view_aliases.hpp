// SPDX-License-Identifier: Apache-2.0
// The second layer of assign_layouts: reshape, permute, slice and concat, whose outputs share their
// inputs' memory where the layout algebra allows.
#pragma once
#include <lamina/planner/value_views.hpp>

namespace lamina::planner {

struct view_aliases : value_views {
    using value_views::value_views;

    /// Reshape, permute, reshape that interleave groups of channels, as channel_shuffle does: the last of
    /// them, and the groups.
    struct shuffle_end {
        int value = -1, from = -1, groups = 0;
    };
    dynamic_array<shuffle_end> shuffles;

    /// The one group that reads the value; null if several do, or the caller.
    constexpr const fusion_group* only_reader(int value) const {
        const int first = first_reading[at(value)];
        if (first < 0 || readings[at(first)].next >= 0 || readings[at(first)].as_operand)
            return nullptr;
        return is_output(net(), value) ? nullptr : &m.groups[at(readings[at(first)].group)];
    }
    /// True if a shuffle of blocked channels begins here: its end becomes a view, and what lies between has
    /// no memory.
    constexpr bool begins_shuffle(const fusion_group& w) {
        const view& v = views[at(w.inputs[0])];
        const shape &in = v.dims, &apart = node_of(w.output).dims;
        if (v.lay.block == 1 || in.rank != 4 || apart.rank != 5 || apart[0] != in.n
            || apart[3] != in.h || apart[4] != in.w || apart[1] * apart[2] != in.c)
            return false;
        const fusion_group* turn = only_reader(w.output);
        if (!turn || traits_of(turn->kind).view != view_rule::permute) return false;
        const int (&order)[max_rank] = node_of(turn->anchor).attr.order;
        if (order[0] != 0 || order[1] != 2 || order[2] != 1 || order[3] != 3) return false;
        const fusion_group* end = only_reader(turn->output);
        view shuffled;
        if (!end || traits_of(end->kind).view != view_rule::reshape
            || !(node_of(end->output).dims == in) || !shuffle_lanes(v, apart[1], shuffled))
            return false;
        shuffles.push_back({end->output, w.inputs[0], apart[1]});
        return true;
    }
    constexpr bool ends_shuffle(const fusion_group& w) {
        for (const shuffle_end& s : shuffles)
            if (s.value == w.output)
                return shuffle_lanes(views[at(s.from)], s.groups, views[at(w.output)]);
        return false;
    }

    /// True if a permute puts that axis of the value, or of a slice of it, last.
    constexpr bool turns_last(int value, int axis) const {
        for (int i = first_reading[at(value)]; i >= 0; i = readings[at(i)].next) {
            if (readings[at(i)].as_operand) continue;
            const fusion_group& w = m.groups[at(readings[at(i)].group)];
            const node& n = node_of(w.output);
            const view_rule rule = traits_of(w.kind).view;
            if (rule == view_rule::permute && n.attr.order[n.dims.rank - 1] == axis) return true;
            if (rule == view_rule::slice && turns_last(w.output, axis)) return true;
        }
        return false;
    }
    /// An image in blocks whose reshape is turned to rows of channels: copied with the channels innermost, the
    /// permute's rows are dense.
    constexpr bool copies_turned(const fusion_group& w) {
        const view v = views[at(w.inputs[0])];
        const shape& dims = node_of(w.output).dims;
        const dtype type = halves.floats(w.output) ? v.type : stored_type(w.output);
        layout lay;
        if (v.lay.block == 1 || is_volume(v.dims)
            || !reshaped(channels_last(v.dims), v.dims, dims, lay))
            return false;
        int last = 0;  // of the axes that the channels became
        while (last < dims.rank && (dims[last] == 1 || lay.stride[last] != 1)) ++last;
        if (last == dims.rank || !turns_last(w.output, last)) return false;
        const view turned = new_view(v.dims, channels_last(v.dims), type);
        copy(v, turned, w.inputs[0]);
        views[at(w.output)] = {turned.storage, 0, dims, lay, type, 0, true, {}};
        return true;
    }
    /// True if only layers that take images read the value.
    constexpr bool is_read_as_image(int value) const {
        for (int i = first_reading[at(value)]; i >= 0; i = readings[at(i)].next) {
            const input_form form = m.groups[at(readings[at(i)].group)].reads;
            if (readings[at(i)].as_operand
                || (form != input_form::image && form != input_form::picture))
                return false;
        }
        return first_reading[at(value)] >= 0 && !is_output(net(), value)
            && slots[at(value)].concat < 0;
    }
    /// Several axes that become the channels of an image, with no stride of their own (heads and their columns):
    /// copied into its blocks at once, where the last of them fills whole blocks.
    constexpr bool copies_into_image(const fusion_group& w, const view& v) {
        const shape& dims = node_of(w.output).dims;
        if (!target.blocks_channels() || v.lay.block > 1 || !is_typed(v) || dims.rank != 4
            || !is_read_as_image(w.output))
            return false;
        std::int64_t before = 1;
        for (int axis = 0; axis < v.dims.rank; before *= v.dims[axis++]) {
            const int own = v.dims[axis];
            if (own % target.channel_block || before * own != std::int64_t{dims.n} * dims.c)
                continue;
            const shape parts{static_cast<int>(before), own, 1, dims.h * dims.w};
            view from = v;
            if (!reshaped(v.lay, v.dims, parts, from.lay)) return false;
            from.dims = parts;
            const view whole = new_view(dims, image_layout(dims), v.type);
            view to = whole;
            to.dims = parts;
            to.lay = image_layout(parts);
            copy(from, to, w.inputs[0]);
            views[at(w.output)] = whole;
            return true;
        }
        return false;
    }

    constexpr void reshape(const fusion_group& w) {
        if (views[at(w.inputs[0])].storage < 0 ? ends_shuffle(w) : begins_shuffle(w)) return;
        if (copies_turned(w)) return;
        const node& n = net().nodes[at(w.anchor)];
        const bool any_type = halves.floats(w.output);
        view v = as_strided(w.inputs[0], any_type);
        layout lay;
        if (!reshaped(v.lay, v.dims, n.dims, lay)) {
            if (copies_into_image(w, v)) return;
            v = as_rows(w.inputs[0], any_type);
            lay = row_major(n.dims);
        }
        views[at(w.output)] = {v.storage, v.offset, n.dims, lay, v.type, 0, true, {}};
    }
    constexpr void permute(const fusion_group& w) {
        const node& n = net().nodes[at(w.anchor)];
        view v = views[at(w.inputs[0])];
        if (v.storage < 0) return;  // inside of a shuffle
        // A blocked channel axis may stay axis 1; no layout describes it elsewhere, so it is copied in
        // the new order, which a following reshape can read.
        if (v.lay.block > 1 && n.attr.order[1] != 1) {
            const view blocked = v;
            v = new_view(n.dims, row_major(n.dims),
                halves.floats(w.output) ? v.type : stored_type(w.output));
            v.dims = blocked.dims;
            for (int axis = 0; axis < n.dims.rank; ++axis)
                v.lay.stride[n.attr.order[axis]] = row_major(n.dims).stride[axis];
            copy(blocked, v, w.inputs[0]);
        }
        view out = v;
        out.dims = n.dims;
        out.lay = permuted(v.lay, n.attr.order, n.dims.rank);
        out.lay.block = v.lay.block;
        views[at(w.output)] = out;
    }
    constexpr void slice(const fusion_group& w) {
        const node& n = net().nodes[at(w.anchor)];
        view v = views[at(w.inputs[0])], part;
        if (v.lay.block > 1 && !slice_lanes(v, n.attr.starts[1], n.dims[1], n.attr.steps[1], part))
            v = as_image(w.inputs[0]);
        for (int axis = 0; axis < n.dims.rank; ++axis)
            v = part_of(v, axis, n.attr.starts[axis], n.dims[axis], n.attr.steps[axis]);
        views[at(w.output)] = v;
    }
    /// Moves a value with a storage of its own into `place`, if the elements have the same relative
    /// addresses there; all steps that write or read it are redirected. Otherwise returns false.
    constexpr bool move_to(const view& place, const view& v) {
        const storage& own = m.storages[at(v.storage)];
        const auto bytes = v.dims.count() * static_cast<std::int64_t>(size_bytes(v.type));
        if (own.space != memory_space::arena || own.bytes != bytes || v.type != place.type
            || v.lay.block > 1 || place.lay.block > 1 || !same_addresses(v.lay, place.lay, v.dims))
            return false;
        const int from = v.storage;
        const std::int64_t by = place.offset - v.offset;
        const auto follow = [&](view& seen) {
            if (seen.storage != from) return;
            seen.storage = place.storage;
            seen.offset += by;
        };
        for (step& s : m.steps) {
            for (view& seen : s.inputs) follow(seen);
            for (resolved_operand& o : s.operands) follow(o.seen);
            follow(s.output);
            for (further_output& also : s.further) follow(also.seen);
        }
        for (layer_row& row : m.layer_rows)
            for (group_part& part : row.parts) follow(part.seen);
        for (view& seen : views) follow(seen);
        for (view& seen : image_copies) follow(seen);
        m.storages[at(from)].bytes = 0;
        return true;
    }
    /// The view with other extents; an image in blocks may become the sequence of its pixels. False if no layout
    /// says where they lie.
    static constexpr bool seen_as(view& v, const shape& dims) {
        layout lay;
        if (v.lay.block == 1 && v.is_straight()) {
            if (!reshaped(v.lay, v.dims, dims, lay)) return false;
        } else if (v.dims == dims) {
            return true;
        } else {
            if (v.dims.rank != 4 || dims.rank != 3 || dims.n != v.dims.n || dims.c != v.dims.c
                || (v.dims.h > 1 && v.lay.stride[2] != v.dims.w * v.lay.stride[3]))
                return false;
            lay = v.lay;
            lay.stride[2] = v.lay.stride[3];
            lay.stride[3] = 0;
        }
        v.dims = dims;
        v.lay = lay;
        return true;
    }
    /// Lets the copy that made `v`, all of its storage in row-major order, write to `place` instead. Otherwise
    /// returns false.
    constexpr bool copy_to(const view& place, const view& v) {
        const storage& own = m.storages[at(v.storage)];
        const auto is_all = [&](const view& seen) {
            return seen.lay.block == 1 && !seen.offset && seen.type == v.type
                && same_addresses(seen.lay, row_major(seen.dims), seen.dims)
                && own.bytes
                == seen.dims.count() * static_cast<std::int64_t>(size_bytes(seen.type));
        };
        if (own.space != memory_space::arena || v.type != place.type || place.lay.block > 1
            || !is_all(v))
            return false;
        step* made = nullptr;
        for (step& s : m.steps) {
            for (const view& seen : s.inputs)
                if (seen.storage == v.storage) return false;
            for (const resolved_operand& o : s.operands)
                if (o.seen.storage == v.storage) return false;
            for (const further_output& also : s.further)
                if (also.seen.storage == v.storage) return false;
            if (s.output.storage != v.storage) continue;
            if (made || !s.is_copy || !is_all(s.output)) return false;
            made = &s;
        }
        if (!made) return false;
        view from = made->operands[0].seen;
        if (!seen_as(from, v.dims)) return false;
        for (const view& seen : views)
            if (seen.storage == v.storage && !(seen.dims == v.dims && is_all(seen))) return false;
        for (const view& seen : image_copies)
            if (seen.storage == v.storage) return false;
        for (view& seen : views)
            if (seen.storage == v.storage) {
                seen.storage = place.storage;
                seen.offset = place.offset;
                seen.lay = place.lay;
            }
        made->operands[0].seen = from;
        made->output = place;
        m.storages[at(v.storage)].bytes = 0;
        return true;
    }
    constexpr void concat(const fusion_group& w) {
        const node& n = net().nodes[at(w.anchor)];
        const view whole = allocate(w.output);
        const int axis = n.attr.axis;
        int start = 0;
        for (int value : w.inputs) {
            const int extent = node_of(value).dims[axis];
            const concat_slot h = slots[at(value)];
            const view place = part_of(whole, axis, start, extent, 1);
            const view from = views[at(value)];
            if ((h.concat != w.output || h.start != start) && !move_to(place, from)
                && !copy_to(place, from))
                copy(from, place, w.output);
            start += extent;
        }
    }
};

}  // namespace lamina::planner
