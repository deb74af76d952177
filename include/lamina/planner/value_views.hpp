// SPDX-License-Identifier: Apache-2.0
// The first layer of assign_layouts: the view of each value, and values in the form that a kernel reads,
// as they are if their layout allows it, else as a copy.
#pragma once
#include <lamina/planner/concat_in_place.hpp>
#include <lamina/planner/lane_orders.hpp>
#include <lamina/planner/target.hpp>

namespace lamina::planner {

struct value_views {
    module& m;
    const lamina::target& target;
    dynamic_array<view> views;     ///< per value; storage -1 until it has memory
    dynamic_array<char> is_image;  ///< per value: blocked or channels-last instead of row-major
    dynamic_array<char> turns;     ///< per value: its family writes rows with axes in any order
    dynamic_array<concat_slot> slots;
    dynamic_array<int>
        gaps;  ///< per value: of a concat with gaps, the channels of each input; else 0
    half_care halves;
    dtype reads = dtype::f32;          ///< what floats are to the step that is assigned
    dynamic_array<view> image_copies;  ///< per value: what as_image copied, storage -1 if nothing

    constexpr value_views(module& module_, const lamina::target& target_)
        : m(module_), target(target_), reads(target_.numbers.storage) {}

    constexpr const network& net() const { return *m.net; }
    constexpr const node& node_of(int value) const { return net().nodes[at(value)]; }

    constexpr dtype read_type(dtype type) const { return is_floating(type) ? reads : type; }
    constexpr dtype stored_type(int value) const {
        const dtype type = node_of(value).type;
        return is_floating(type) ? halves.type_of(value) : type;
    }

    constexpr layout image_layout(const shape& dims) const {
        return target.blocks_channels() ? channels_blocked(dims, target.channel_block)
                                        : channels_last(dims);
    }
    constexpr layout natural_layout(int value, const shape& dims) const {
        return is_image[at(value)] ? image_layout(dims) : row_major(dims);
    }
    constexpr layout natural_layout(int value) const {
        return is_image[at(value)] ? image_layout(node_of(value).dims) : rows_layout(value);
    }
    /// Who reads each value, found once: compilers pay for every step of a loop.
    struct reading {
        int group = -1, next = -1;  ///< the group, and the place of the value's next reading
        bool as_operand = false;
    };
    dynamic_array<reading> readings;
    dynamic_array<int> first_reading;  ///< per value; -1: none
    dynamic_array<int>
        only_reader_node;  ///< per value: of the one node that reads it; -1: none, or several

    constexpr void find_reading_nodes() {
        dynamic_array<char> is_read(net().nodes.size(), false);
        only_reader_node.assign(net().nodes.size(), -1);
        for (int id = 0; id < static_cast<int>(net().nodes.size()); ++id)
            for (const int input : net().nodes[at(id)].inputs) {
                only_reader_node[at(input)] = is_read[at(input)] ? -1 : id;
                is_read[at(input)] = true;
            }
        for (const output_binding& out : net().outputs) only_reader_node[at(out.node)] = -1;
    }
    constexpr void find_reading_groups() {
        first_reading.assign(net().nodes.size(), -1);
        readings.reserve(2 * net().nodes.size());
        const auto note = [&](int value, int group, bool as_operand) {
            readings.push_back({group, first_reading[at(value)], as_operand});
            first_reading[at(value)] = static_cast<int>(readings.size()) - 1;
        };
        for (int g = 0; g < static_cast<int>(m.groups.size()); ++g) {
            for (const int input : m.groups[at(g)].inputs) note(input, g, false);
            for (const operand& o : m.groups[at(g)].operands)
                if (o.value >= 0) note(o.value, g, true);
        }
    }
    /// Row-major. But where a permute alone, or a reshape and it, reads what a family may write in any order
    /// of axes, it lies as the permute has it, so that attention's heads are side by side again without a
    /// copy.
    constexpr layout rows_layout(int value) const {
        const node& n = node_of(value);
        const layout rows = row_major(n.dims);
        if (!turns[at(value)]) return rows;
        int apart = value, turn = only_reader_node[at(value)];
        if (turn >= 0 && traits_of(node_of(turn)).view == view_rule::reshape) {
            apart = turn;
            turn = only_reader_node[at(apart)];
        }
        if (turn < 0 || traits_of(node_of(turn)).view != view_rule::permute) return rows;
        const layout wanted = row_major(node_of(turn).dims);
        layout turned, own;
        for (int axis = 0; axis < node_of(turn).dims.rank; ++axis)
            turned.stride[node_of(turn).attr.order[axis]] = wanted.stride[axis];
        return reshaped(turned, node_of(apart).dims, n.dims, own) ? own : rows;
    }

    constexpr int new_storage(memory_space space, int index, std::int64_t bytes) {
        m.storages.push_back({space, index, bytes, 0, -1, -1});
        return static_cast<int>(m.storages.size()) - 1;
    }
    constexpr view new_view(const shape& dims, const layout& lay, dtype type) {
        const auto bytes = span_elements(lay, dims) * static_cast<std::int64_t>(size_bytes(type));
        return {new_storage(memory_space::arena, 0, bytes), 0, dims, lay, type, 0, true, {}};
    }

    /// A part of a view: `extent` indices along `axis` from `start`, every `step`-th.
    /// In a blocked axis the part may begin inside a block: `shift` says where. The view of a shuffle or of
    /// a concat with gaps may have no such part: see slice_lanes.
    static constexpr view part_of(const view& whole, int axis, int start, int extent, int step) {
        view part = whole;
        if (axis == 1 && whole.lay.block > 1) {
            slice_lanes(whole, start, extent, step, part);
        } else {
            part.dims.at(axis) = extent;
            part.offset += std::int64_t{start} * whole.lay.stride[axis];
            part.lay.stride[axis] *= step;
        }
        return part;
    }

    /// Memory for a value that a step writes.
    constexpr const view& allocate(int value) {
        view& v = views[at(value)];
        if (v.storage >= 0) return v;
        const node& n = node_of(value);
        const concat_slot h = slots[at(value)];
        if (h.concat >= 0) {
            const view whole = allocate(h.concat);
            const int axis = node_of(h.concat).attr.axis;
            views[at(value)] = part_of(whole, axis, h.start, n.dims[axis], 1);
            return views[at(value)];
        }
        const dtype type = stored_type(value);
        if (const int width = gaps[at(value)]) {
            // Each input begins with a block of its own, so that kernels can write it in place.
            const int pitch
                = (width + target.channel_block - 1) / target.channel_block * target.channel_block;
            shape dims = n.dims;
            dims.c = n.dims.c / width * pitch;
            v = new_view(dims, image_layout(dims), type);
            v.dims = n.dims;
            v.lanes = {width, pitch, 1};
            v.clean = false;
            return v;
        }
        for (const concat_room& room : m.rooms)
            if (room.concat == value) {
                shape dims = n.dims;
                dims.at(n.attr.axis) += room.before + room.behind;
                v = part_of(new_view(dims, natural_layout(value, dims), type), n.attr.axis,
                    room.before, n.dims[n.attr.axis], 1);
                return v;
            }
        // A result is written straight into the caller's buffer where its layout is the caller's.
        const layout lay = natural_layout(value);
        if (type == n.type && same_addresses(lay, row_major(n.dims), n.dims)
            && span_elements(lay, n.dims) == n.dims.count())
            for (std::size_t k = 0; k < net().outputs.size(); ++k)
                if (net().outputs[k].node == value) {
                    v = {new_storage(memory_space::output, static_cast<int>(k), 0), 0, n.dims, lay,
                        type, 0, true, {}};
                    return v;
                }
        v = new_view(n.dims, lay, type);
        return v;
    }
    /// Memory for layers side by side; each one's value is a part of it.
    constexpr view allocate_row(const fusion_group& w) {
        layer_row& row = m.layer_rows[at(w.row)];
        const node& n = node_of(w.anchor);
        const int axis = fold_axis_of(n);
        shape dims = n.dims;
        const group_part& last = row.parts.back();
        dims.at(axis) = last.first + node_of(last.output).dims[axis];
        view whole;
        if (row.concat >= 0) {
            whole = part_of(allocate(row.concat), axis, row.concat_start, dims[axis], 1);
            whole.clean = true;  // no part but the last of a concat or its room ends inside a block
        } else {
            whole = new_view(dims, natural_layout(w.output, dims), stored_type(w.output));
        }
        for (group_part& part : row.parts) {
            part.seen = part_of(whole, axis, part.first, node_of(part.output).dims[axis], 1);
            views[at(part.output)] = part.seen;
        }
        return whole;
    }
    /// Adds a step that only moves data.
    constexpr void copy(const view& from, const view& to, int value) {
        if (is_narrow(from.type) && is_narrow(to.type) && from.type != to.type) {
            // A kernel has one type of 16 bits.
            const view between = new_view(from.dims, row_major(from.dims), dtype::f32);
            copy(from, between, value);
            copy(between, to, value);
            return;
        }
        step s;
        s.node = value;
        s.output = to;
        s.operands.push_back({from, -1, 1});
        s.numbers.storage = is_narrow(from.type) ? from.type
            : is_narrow(to.type)                 ? to.type
                                                 : target.numbers.storage;
        s.keeps_finite = halves.finite(value);
        s.is_copy = true;
        s.on_ints = to.type == dtype::i32;
        m.steps.push_back(s);
    }

    /// The same elements in memory of their own.
    constexpr view as_copy(const view& v, int value) {
        const view to = new_view(v.dims, row_major(v.dims), v.type);
        copy(v, to, value);
        return to;
    }

    /// True if stored in the type that the step's kernels read: false for a caller's f32 picture in a
    /// half plan.
    constexpr bool is_typed(const view& v) const { return v.type == read_type(v.type); }
    /// True for those types and for floats, which epilogues, masks and pictures may have.
    constexpr bool is_readable(const view& v) const { return is_typed(v) || v.type == dtype::f32; }

    constexpr bool is_dense_image(const view& v) const {
        if (!v.is_straight() || !v.clean || (is_volume(v.dims) && !has_slices(v))) return false;
        if (target.blocks_channels()) {
            const layout want = channels_blocked(v.dims, target.channel_block);
            // Kernels see a column as a row.
            const int along = v.dims.rank == 4 && v.dims.w == 1 ? 2 : v.dims.rank - 1;
            return v.lay.block == target.channel_block
                && (v.dims[along] == 1 || v.lay.stride[along] == want.stride[along]);
        }
        return v.lay.block == 1 && (v.dims.c == 1 || v.lay.stride[1] == 1);
    }

    /// The value as an image whose pixels (its channels, or a block of them) are dense.
    constexpr view as_image(int value) {
        const view v = views[at(value)];
        if (is_typed(v) && is_dense_image(v)) return v;
        // Same addresses as in the image layout, for example NxCx1x1 in whole blocks.
        const layout want = image_layout(v.dims);
        if (is_typed(v) && v.is_straight() && same_addresses(v.lay, want, v.dims)
            && span_elements(want, v.dims) == v.dims.count()) {
            view seen = v;
            seen.lay = want;
            return seen;
        }
        const view& made = image_copies[at(value)];
        if (made.storage >= 0 && made.type == read_type(v.type)) return made;
        const view to = new_view(v.dims, want, read_type(v.type));
        copy(v, to, value);
        image_copies[at(value)] = to;
        return to;
    }
    /// An image whose channels may lie anywhere, for kernels that read one at a time.
    constexpr view as_channels(int value) {
        const view& v = views[at(value)];
        return is_typed(v) && target.blocks_channels() && v.lay.block == target.channel_block
            ? v
            : as_image(value);
    }
    /// An image of few channels, for kernels that take one channel at a time: rows of any strides, or
    /// a block, whose lanes are channels one element apart.
    constexpr view as_planes(int value) {
        const view v = views[at(value)];
        return is_typed(v) && v.is_straight() ? v : as_rows(value);
    }
    /// The value in row-major order without holes, in storage precision or as floats if it has these.
    constexpr view as_rows(int value, bool any_type = false) {
        const view v = views[at(value)];
        const layout want = row_major(v.dims);
        const bool fits = is_typed(v) || (any_type && is_readable(v));
        if (fits && v.is_straight() && same_addresses(v.lay, want, v.dims)) {
            view seen = v;
            seen.lay = want;
            return seen;
        }
        const view to = new_view(v.dims, want, fits ? v.type : read_type(v.type));
        copy(v, to, value);
        return to;
    }
    /// The value with its last axis dense and the axes before it mergeable into rows.
    constexpr view as_matrix(int value) {
        const view v = views[at(value)];
        layout merged;
        shape rows{1, v.dims[v.dims.rank - 1]};
        for (int axis = 0; axis < v.dims.rank - 1; ++axis) rows.n *= v.dims[axis];
        view seen = v;
        if (v.lay.block > 1 && v.is_straight() && same_addresses(v.lay, row_major(v.dims), v.dims))
            seen.lay = row_major(v.dims);
        if (is_typed(v) && reshaped(seen.lay, v.dims, rows, merged)
            && (rows.c == 1 || merged.stride[1] == 1)) {
            seen.dims = rows;
            seen.lay = merged;
            return seen;
        }
        view dense = as_rows(value);
        dense.dims = rows;
        dense.lay = row_major(rows);
        return dense;
    }
    /// The value with no blocked axis: any strides; in storage precision or as floats if it has these.
    constexpr view as_strided(int value, bool any_type = false) {
        const view v = views[at(value)];
        if (v.lay.block == 1 && (is_typed(v) || (any_type && is_readable(v)))) return v;
        return as_rows(value, any_type);
    }

    /// An operand seen with the output's rank: missing and stretched axes get stride 0.
    static constexpr view broadcast(const view& v, const shape& out) {
        view seen = v;
        seen.dims = out;
        const int missing = out.rank - v.dims.rank;
        for (int axis = out.rank - 1; axis >= 0; --axis) {
            const bool stretched = axis < missing || (v.dims[axis - missing] == 1 && out[axis] > 1);
            seen.lay.stride[axis] = stretched ? 0 : v.lay.stride[axis - missing];
        }
        // A single channel stretched over all of them is a plain stride of 0 from its lane on.
        if (v.lay.block > 1 && v.dims.c == 1) {
            seen.lay.block = 1;
            seen.offset += v.shift;
            seen.shift = 0;
            seen.clean = true;
        }
        return seen;
    }
};

}  // namespace lamina::planner
