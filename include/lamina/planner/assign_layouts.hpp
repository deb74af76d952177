// SPDX-License-Identifier: Apache-2.0
// Gives every value a place in some storage: reshape, permute, slice and concat become index
// arithmetic where the layout algebra allows, and copies where it does not. Works become steps.
// Runs after schedule; decides layouts, so all later stages can compute each element's address.
#pragma once
#include <lamina/planner/check.hpp>
#include <lamina/planner/concat_in_place.hpp>
#include <lamina/planner/target.hpp>

namespace lamina::planner {

/// One run of the stage; the functions are its vocabulary.
struct layout_assignment {
    module& m;
    const lamina::target& target;
    std::vector<view> views;     ///< per value; storage -1 until it has memory
    std::vector<char> is_image;  ///< per value: blocked or channels-last instead of row-major
    std::vector<concat_slot> slots;
    half_care halves;
    std::vector<view> image_copies;  ///< per value: what as_image copied, storage -1 if nothing

    constexpr const network& net() const { return *m.net; }
    constexpr const node& node_of(int value) const { return net().nodes[at(value)]; }

    constexpr dtype storage_type(dtype type) const {
        return type == dtype::f32 ? target.numbers.storage : type;
    }
    constexpr dtype stored_type(int value) const {
        return halves.floats(value) ? node_of(value).type : storage_type(node_of(value).type);
    }

    constexpr layout image_layout(const shape& dims) const {
        return target.blocks_channels() ? channels_blocked(dims, target.channel_block)
                                        : channels_last(dims);
    }
    constexpr layout natural_layout(int value) const {
        return is_image[at(value)] ? image_layout(node_of(value).dims)
                                   : row_major(node_of(value).dims);
    }

    constexpr int new_storage(memory_space space, int index, std::int64_t bytes) {
        m.storages.push_back({space, index, bytes, 0, -1, -1});
        return static_cast<int>(m.storages.size()) - 1;
    }
    constexpr view new_view(const shape& dims, const layout& lay, dtype type) {
        const auto bytes = span_elements(lay, dims) * static_cast<std::int64_t>(size_bytes(type));
        return {new_storage(memory_space::arena, 0, bytes), 0, dims, lay, type, 0, true};
    }

    /// A part of a view: `extent` indices along `axis` from `start`, every `step`-th.
    /// In a blocked axis (step 1 only) the part may begin inside a block: `shift` says where.
    static constexpr view part_of(const view& whole, int axis, int start, int extent, int step) {
        view part = whole;
        part.dims.at(axis) = extent;
        if (axis == 1 && whole.lay.block > 1) {
            const int first = whole.shift + start;
            part.offset += std::int64_t{first / whole.lay.block} * whole.lay.stride[1];
            part.shift = first % whole.lay.block;
            part.clean = (part.shift + extent) % whole.lay.block == 0
                || (whole.clean && start + extent == whole.dims.c);
        } else {
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
        // A result is written straight into the caller's buffer where its layout is the caller's.
        const dtype type = stored_type(value);
        const layout lay = natural_layout(value);
        if (type == n.type && same_addresses(lay, row_major(n.dims), n.dims)
            && span_elements(lay, n.dims) == n.dims.count())
            for (std::size_t k = 0; k < net().outputs.size(); ++k)
                if (net().outputs[k].node == value) {
                    v = {new_storage(memory_space::output, static_cast<int>(k), 0), 0, n.dims, lay,
                        type, 0, true};
                    return v;
                }
        v = new_view(n.dims, lay, type);
        return v;
    }
    /// Adds a step that only moves data.
    constexpr void copy(const view& from, const view& to, int value) {
        step s;
        s.node = value;
        s.output = to;
        s.operands.push_back({from, -1, 1});
        s.keeps_finite = halves.finite(value);
        s.is_copy = true;
        m.steps.push_back(s);
    }

    /// Stored as kernels read their inputs: a caller's f32 picture under a half plan is not.
    constexpr bool is_typed(const view& v) const { return v.type == storage_type(v.type); }

    constexpr bool is_dense_image(const view& v) const {
        if (v.shift || !v.clean) return false;
        if (target.blocks_channels()) {
            const layout want = channels_blocked(v.dims, target.channel_block);
            return v.lay.block == target.channel_block
                && (v.dims.w == 1 || v.lay.stride[3] == want.stride[3]);
        }
        return v.lay.block == 1 && (v.dims.c == 1 || v.lay.stride[1] == 1);
    }

    /// The value as an image whose pixels (its channels, or a block of them) are dense.
    constexpr view as_image(int value) {
        const view v = views[at(value)];
        if (is_typed(v) && is_dense_image(v)) return v;
        // Same addresses under the image's own layout: NxCx1x1 in whole blocks, for one.
        const layout want = image_layout(v.dims);
        if (is_typed(v) && v.shift == 0 && same_addresses(v.lay, want, v.dims)
            && span_elements(want, v.dims) == v.dims.count()) {
            view seen = v;
            seen.lay = want;
            return seen;
        }
        if (image_copies[at(value)].storage >= 0) return image_copies[at(value)];
        const view to = new_view(v.dims, want, storage_type(dtype::f32));
        copy(v, to, value);
        image_copies[at(value)] = to;
        return to;
    }
    /// An image of few channels, for kernels that take one channel at a time: rows of any strides, or
    /// a block, whose lanes are channels one element apart.
    constexpr view as_planes(int value) {
        const view v = views[at(value)];
        return is_typed(v) && v.shift == 0 ? v : as_rows(value);
    }
    /// The value in row-major order without holes, in storage precision or as it is.
    constexpr view as_rows(int value, bool any_type = false) {
        const view v = views[at(value)];
        const layout want = row_major(v.dims);
        if ((any_type || is_typed(v)) && v.shift == 0 && same_addresses(v.lay, want, v.dims)) {
            view seen = v;
            seen.lay = want;
            return seen;
        }
        const view to = new_view(v.dims, want, any_type ? v.type : storage_type(v.type));
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
        if (v.lay.block > 1 && v.shift == 0 && same_addresses(v.lay, row_major(v.dims), v.dims))
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
    /// The value with no blocked axis: any strides; in storage precision or as it is.
    constexpr view as_strided(int value, bool any_type = false) {
        const view v = views[at(value)];
        if (v.lay.block == 1 && (any_type || is_typed(v))) return v;
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
        if (missing > 0) seen.lay.block = 1;
        // A single channel stretched over all of them is a plain stride of 0.
        if (v.lay.block > 1 && v.dims.c == 1) seen.lay.block = 1;
        return seen;
    }
    constexpr void resolve_operands(const fusion_group& w, step& s) {
        const bool rows = traits_of(w.kind).epilogue == epilogue_form::rows;
        for (const operand& o : w.operands) {
            resolved_operand r;
            r.weight = o.weight;
            r.axis = o.axis;
            if (o.value >= 0) {
                view v = views[at(o.value)];
                // Block and axis numbers must mean the same on both sides.
                // Products see rows, which blocks are not.
                if ((rows || v.dims.rank != s.output.dims.rank) && v.lay.block > 1)
                    v = as_strided(o.value);
                else if (v.shift && !is_pointwise(w.kind))
                    v = as_image(o.value);
                r.seen = broadcast(v, s.output.dims);
                int stride = 0;
                if (rows && !merged_rows(r.seen.lay, r.seen.dims, stride)) {
                    const view dense
                        = new_view(r.seen.dims, row_major(r.seen.dims), target.numbers.storage);
                    copy(r.seen, dense, o.value);
                    r.seen = dense;
                }
            }
            s.operands.push_back(r);
        }
    }

    constexpr void reshape(const fusion_group& w) {
        const node& n = net().nodes[at(w.anchor)];
        const bool any_type = halves.floats(w.output);
        view v = as_strided(w.inputs[0], any_type);
        layout lay;
        if (!reshaped(v.lay, v.dims, n.dims, lay)) {
            v = as_rows(w.inputs[0], any_type);
            lay = row_major(n.dims);
        }
        views[at(w.output)] = {v.storage, v.offset, n.dims, lay, v.type, 0, true};
    }
    constexpr void permute(const fusion_group& w) {
        const node& n = net().nodes[at(w.anchor)];
        view v = views[at(w.inputs[0])];
        // A blocked channel axis may stay where it is; elsewhere it has no layout to name it, and
        // the copy is made in the new order, which a reshape behind it can read.
        if (v.lay.block > 1 && n.attr.order[1] != 1) {
            const view blocked = v;
            v = new_view(
                n.dims, row_major(n.dims), halves.floats(w.output) ? v.type : storage_type(v.type));
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
        view v = views[at(w.inputs[0])];
        if (v.lay.block > 1 && n.attr.steps[1] != 1)
            v = as_strided(w.inputs[0], halves.floats(w.output));
        for (int axis = 0; axis < n.dims.rank; ++axis)
            v = part_of(v, axis, n.attr.starts[axis], n.dims[axis], n.attr.steps[axis]);
        views[at(w.output)] = v;
    }
    /// Moves a value that has a storage for itself into a place of the same inner addresses: whoever
    /// wrote or reads it does so there. Returns false where that is not so.
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
        for (view& seen : views) follow(seen);
        for (view& seen : image_copies) follow(seen);
        m.storages[at(from)].bytes = 0;
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
            if ((h.concat != w.output || h.start != start) && !move_to(place, from))
                copy(from, place, w.output);
            start += extent;
        }
    }

    /// The value as an op's kernels read it.
    constexpr view as_form(input_form form, int value, bool makes_image, bool any_type) {
        switch (form) {
        case input_form::picture:
            return reads_rows(value) ? views[at(value)] : as_image(value);
        case input_form::image:
            return as_image(value);
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
        std::vector<view> inputs;
        for (std::size_t k = 0; k < w.inputs.size(); ++k) {
            const int value = w.inputs[k];
            inputs.push_back(as_form(traits.reads, value, is_image[at(w.output)],
                static_cast<int>(k) == traits.float_input));
        }
        step s;
        s.kind = w.kind;
        s.anchor = w.anchor;
        s.node = w.output;
        s.inputs = inputs;
        s.output = allocate(w.output);
        for (int value : w.further) s.further.push_back({allocate(value), value});
        s.members = w.members;
        s.folds = w.folds;
        s.epilogue = w.epilogue;
        s.keeps_finite = halves.finite(w.output);
        resolve_operands(w, s);  // may add copies, which must stand before this step
        m.steps.push_back(s);
    }
    /// A first convolution reads the caller's NCHW picture as it is: few channels would fill a
    /// block badly, and the copy costs more than the strides.
    constexpr bool reads_rows(int value) const {
        return views[at(value)].lay.block == 1 && is_small_input(value);
    }
    constexpr bool is_small_input(int value) const {
        return is_input(node_of(value).kind) && node_of(value).dims.c <= 4;
    }

    /// Copies a value into the caller's buffers that it is not in yet: as soon as it is there, so
    /// that its own memory is free again.
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
                row_major(n.dims), n.type, 0, true};
            copy(v, to, value);
        }
    }

    /// A weights tensor in row-major order, for steps that read it as a value.
    constexpr int packed_parameter(const node& n, dtype type) {
        weight_recipe r;
        r.source = n.parameters[weight_slot];
        r.dims = n.dims.rank ? n.dims : shape{1};
        r.type = type;
        r.order_size = 2 * r.dims.rank;
        for (int i = 0; i < r.order_size; ++i) r.order[i] = i;
        r.bytes = n.dims.count() * static_cast<int>(size_bytes(r.type));
        m.weights.push_back(r);
        return new_storage(memory_space::weights, static_cast<int>(m.weights.size()) - 1, r.bytes);
    }

    /// Kernels count elements with ints: a value that takes more in its layout than there are is
    /// named here, before anything is computed from its extents; so are packed weights.
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
            return sentence_of(
                value, "its image", dims, padded(dims.c, block) * dims.n * dims.h * dims.w, block);
        };
        if (is_image[at(w.output)])
            if (const sentence found = image(w.output); !found.empty()) return found;
        const op_traits& traits = traits_of(w.kind);
        if (is_spatial(w.kind) && is_image[at(w.output)])
            for (int value : w.inputs)
                if (!(traits.reads == input_form::picture && is_small_input(value)))
                    if (const sentence found = image(value); !found.empty()) return found;
        const int weight = node_of(w.anchor).parameters[weight_slot];
        if (weight < 0 || !traits.packs_weight) return {};
        const shape& dims = net().parameters[at(weight)].dims;
        constexpr int block = 16;  // what panels and squares are padded to at most
        return sentence_of(w.anchor, "its weight", dims,
            padded(dims.n, block) * padded(dims.c, block) * dims.h * dims.w, block);
    }

    constexpr void run() {
        views.assign(net().nodes.size(), {});
        image_copies.assign(net().nodes.size(), {});
        is_image = find_images(m, target);
        slots = find_concat_slots(m, target, is_image);
        halves = find_half_care(m, target);
        for (const fusion_group& w : m.groups)
            if (m.fault.empty()) m.fault = find_excess(w);
        if (!m.fault.empty()) return;
        int inputs = 0;
        for (int id = 0; id < static_cast<int>(net().nodes.size()); ++id) {
            const node& n = net().nodes[at(id)];
            if (!is_given(n.kind)) continue;
            if (n.dims.is_empty()) {  // nothing reads it
                inputs += is_input(n.kind);
                continue;
            }
            const int storage = is_input(n.kind) ? new_storage(memory_space::input, inputs++, 0)
                                                 : packed_parameter(n, stored_type(id));
            views[at(id)] = {storage, 0, n.dims, row_major(n.dims),
                is_input(n.kind) ? n.type : stored_type(id), 0, true};
            results(id);
        }
        for (const fusion_group& w : m.groups) {
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
            results(w.output);
            for (int value : w.further) results(value);
        }
    }
};

constexpr void assign_layouts(module& m, const lamina::target& target) {
    layout_assignment{m, target, {}, {}, {}, {}, {}}.run();
}

}  // namespace lamina::planner
