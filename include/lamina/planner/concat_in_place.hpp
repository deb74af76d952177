// SPDX-License-Identifier: Apache-2.0
// Which values are stored as images, and which are written straight into the concat that reads them:
// decided by assign_layouts before it assigns memory.
#pragma once
#include <lamina/planner/half_care.hpp>

namespace lamina::planner {

constexpr int root_of(dynamic_array<int>& parent, int value) {
    while (parent[at(value)] != value) value = parent[at(value)] = parent[at(parent[at(value)])];
    return value;
}

/// Per value, whether it is stored as an image: images and sequences that a spatial op reads or writes
/// are, and pointwise ops, norms over channels, concat, slice, pad and flip propagate that in both
/// directions. Given values are not. Where blocks would be mostly padding (few_channels.hpp) values stay
/// rows, except those that a convolution cannot write or read as such.
constexpr dynamic_array<char> find_images(const module& m, const lamina::target& target) {
    const dynamic_array<node>& nodes = m.net->nodes;
    const int count = static_cast<int>(nodes.size());
    dynamic_array<int> parent(at(count), 0);  // sets of values that share a layout
    for (int i = 0; i < count; ++i) parent[at(i)] = i;
    dynamic_array<char> forced(at(count), false), filled(at(count), false);
    const int few = few_channels(target);
    const auto join = [&](int a, int b) {
        if (has_channels(nodes[at(a)].dims) && nodes[at(a)].dims.rank == nodes[at(b)].dims.rank
            && !is_given(nodes[at(a)].kind))
            parent[at(root_of(parent, a))] = root_of(parent, b);
    };
    for (const fusion_group& w : m.groups) {
        const image_use use = image_use_of(nodes[at(w.anchor)]);
        const node& n = nodes[at(w.anchor)];
        if ((use == image_use::asks || use == image_use::takes)
            && !is_over_images_alone(n, n.dims)) {
            forced[at(w.output)] = true;
            if (!may_write_rows(*m.net, n, target)) filled[at(w.output)] = true;
            for (int input : w.inputs)
                if (!is_given(nodes[at(input)].kind)) {
                    forced[at(input)] = true;
                    if (!may_read_rows(*m.net, n, nodes[at(input)].dims.c, target))
                        filled[at(input)] = true;
                }
        }
        if (use == image_use::passes)
            for (int input : w.inputs) join(input, w.output);
        // A mask of one channel is read a number at a time, whatever the layout of what it is for.
        for (const operand& o : w.operands)
            if (o.value >= 0
                && !(few && nodes[at(o.value)].dims.c == 1 && nodes[at(w.output)].dims.c > few))
                join(o.value, w.output);
    }
    dynamic_array<char> image_root(at(count), false), filled_root(at(count), false);
    for (int i = 0; i < count; ++i)
        if (has_channels(nodes[at(i)].dims)) {
            const std::size_t root = at(root_of(parent, i));
            image_root[root] = image_root[root] || forced[at(i)];
            filled_root[root] = filled_root[root] || filled[at(i)] || nodes[at(i)].dims.c > few;
        }
    dynamic_array<char> is_image(at(count), false);
    for (const fusion_group& w : m.groups) {
        const std::size_t root = at(root_of(parent, w.output));
        const bool writes_images = is_pointwise(w.kind)
            || (image_use_of(nodes[at(w.anchor)]) != image_use::none
                && !is_over_images_alone(nodes[at(w.anchor)], nodes[at(w.output)].dims));
        is_image[at(w.output)] = writes_images && has_channels(nodes[at(w.output)].dims)
            && nodes[at(w.output)].type != dtype::i32 && image_root[root] && filled_root[root];
    }
    return is_image;
}

/// Where a concat's input is written in place.
struct concat_slot {
    int concat = -1;  ///< value that holds it
    int start = 0;    ///< first index along the concat's axis
};

/// Views and updates have no memory of their own, and some families write dense rows only.
constexpr bool writes_memory(const fusion_group& w) {
    return !is_view(w.kind) && !traits_of(w.kind).in_place && w.writes != output_form::rows;
}

/// True if the group reads an image of whatever lanes: a slice, the beginning of a channel shuffle, or a
/// kernel that takes channels one at a time.
constexpr bool reads_any_lanes(const module& m, const fusion_group& w) {
    const view_rule rule = traits_of(w.kind).view;
    const shape &in = m.net->nodes[at(w.inputs[0])].dims, &out = m.net->nodes[at(w.output)].dims;
    return rule == view_rule::slice || w.gathers
        || (rule == view_rule::reshape && out.rank == 5 && out[3] == in.h && out[4] == in.w);
}

/// Concats with gaps: inputs of one width that fills no block would begin inside of each other's blocks,
/// where kernels cannot write them. Where all that reads the concat takes channels from anywhere, each
/// input begins with a block of its own. Per value the width; 0 where there are no gaps.
constexpr dynamic_array<int> find_concat_gaps(const module& m, const lamina::target& target,
    const dynamic_array<char>& is_image, const half_care& halves) {
    const dynamic_array<node>& nodes = m.net->nodes;
    dynamic_array<int> gaps(nodes.size(), 0);
    if (!target.blocks_channels()) return gaps;
    for (const fusion_group& w : m.groups) {
        if (traits_of(w.kind).view != view_rule::concat) continue;
        const int value = w.output, width = nodes[at(w.inputs[0])].dims.c;
        if (nodes[at(w.anchor)].attr.axis != 1 || !is_image[at(value)] || w.inputs.size() < 2
            || width % target.channel_block == 0 || is_output(*m.net, value)
            || is_volume(nodes[at(value)].dims) || halves.floats(value))
            continue;
        bool fits = true, is_read = false;
        for (const int input : w.inputs) fits = fits && nodes[at(input)].dims.c == width;
        for (const fusion_group& other : m.groups) {
            if (!fits) break;
            for (const int input : other.inputs)
                if (input == value) {
                    is_read = true;
                    fits = fits && reads_any_lanes(m, other);
                }
            for (const operand& o : other.operands) fits = fits && o.value != value;
        }
        if (fits && is_read) gaps[at(value)] = width;
    }
    return gaps;
}

/// Concat in place: an input that a kernel writes and that starts on a block boundary is placed inside
/// the concat's output. A value has one place; outer concats choose first.
constexpr dynamic_array<concat_slot> find_concat_slots(const module& m,
    const lamina::target& target, const dynamic_array<char>& is_image, const half_care& halves,
    const dynamic_array<int>& gaps) {
    const dynamic_array<node>& nodes = m.net->nodes;
    dynamic_array<concat_slot> slots(nodes.size());
    const dynamic_array<int> producer = find_producers(m);
    for (int i = static_cast<int>(m.groups.size()) - 1; i >= 0; --i) {
        const fusion_group& w = m.groups[at(i)];
        if (traits_of(w.kind).view != view_rule::concat) continue;
        const int axis = nodes[at(w.anchor)].attr.axis;
        const bool blocked = axis == 1 && is_image[at(w.output)] && target.blocks_channels();
        int start = 0;
        for (std::size_t k = 0; k < w.inputs.size(); ++k) {
            const int value = w.inputs[k];
            const int extent = nodes[at(value)].dims[axis];
            const bool last = k + 1 == w.inputs.size();
            const bool aligned = !blocked || gaps[at(w.output)]
                || (start % target.channel_block == 0
                    && (last || extent % target.channel_block == 0));
            const int from = producer[at(value)];
            // Slices of a volume that is a part of a longer one are no batch of images.
            const bool lies_apart = axis == 2 && is_volume(nodes[at(value)].dims)
                && is_image[at(value)] && nodes[at(value)].dims.n > 1;
            if (aligned && !lies_apart && from >= 0 && slots[at(value)].concat < 0
                && is_image[at(value)] == is_image[at(w.output)]
                && halves.type_of(value) == halves.type_of(w.output)
                && writes_memory(m.groups[at(from)]))
                slots[at(value)] = {w.output, start};
            start += extent;
        }
    }
    return slots;
}

}  // namespace lamina::planner
