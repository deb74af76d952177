// SPDX-License-Identifier: Apache-2.0
// Which values are stored as images, which are written straight into the concat that reads them, and
// which narrow storage would corrupt: decided by assign_layouts before it assigns memory.
#pragma once
#include <lamina/planner/few_channels.hpp>
#include <lamina/planner/fold.hpp>

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

/// As what values are stored where steps store 16 bits: as such, but for those that it would corrupt:
/// additive masks hold -1e9 or the lowest float, which becomes -infinity as a half (bfloat16: the lowest
/// float does), and a row of nothing but -infinity has no softmax. And results in rows that go straight
/// into the caller's floats. Empty where all steps store floats.
struct half_care {
    dynamic_array<dtype> storage;     ///< per value: of the step that makes it
    dynamic_array<char> stays_float;  ///< per value: a mask or such a result, stored as float
    dynamic_array<char>
        keeps_finite;  ///< per value: softmax reads it, -1e9 is stored as the lowest number

    constexpr bool floats(int value) const {
        return !stays_float.empty() && stays_float[at(value)];
    }
    /// What a value of floats is stored as.
    constexpr dtype type_of(int value) const {
        return storage.empty() || stays_float[at(value)] ? dtype::f32 : storage[at(value)];
    }
    constexpr bool finite(int value) const {
        return !keeps_finite.empty() && keeps_finite[at(value)];
    }
};

/// The storage of each value: its step's. Views of values that all have one type of 16 bits have that.
constexpr void find_storage(const module& m, const lamina::target& target, half_care& out) {
    out.storage.clear();
    for (const node& n : m.net->nodes)
        out.storage.push_back(is_given(n.kind) ? target.numbers_of(n.kept).storage : dtype::f32);
    for (const fusion_group& w : m.groups) {
        dtype type = w.numbers.storage;
        if (is_view(w.kind) && !w.inputs.empty()) {
            bool is_one = true;
            for (const int value : w.inputs)
                is_one = is_one && out.storage[at(value)] == out.storage[at(w.inputs[0])];
            if (is_one && is_narrow(out.storage[at(w.inputs[0])]))
                type = out.storage[at(w.inputs[0])];
        }
        out.storage[at(w.output)] = type;
        for (const int value : w.further) out.storage[at(value)] = type;
    }
}

/// Where network::keep asks for other types: what a step of floats writes, and what only steps of
/// another type read, is stored as float. Casts become part of the steps that write these values.
constexpr void keep_floats(const module& m, half_care& out) {
    bool any = false;
    for (const node& n : m.net->nodes) any = any || n.kept != dtype::other;
    if (!any) return;
    dynamic_array<char> converts(out.stays_float.size(), false),
        is_read(out.stays_float.size(), false);
    const auto read = [&](int value, dtype type) {
        (type == out.storage[at(value)] ? is_read : converts)[at(value)] = true;
    };
    for (const fusion_group& w : m.groups) {
        const dtype type = is_view(w.kind) ? out.storage[at(w.output)] : w.numbers.storage;
        for (const int value : w.inputs) read(value, type);
        for (const operand& o : w.operands)
            if (o.value >= 0) read(o.value, type);
        // A step that keeps 16 bits stores its result in them, whatever its readers' types are.
        if (w.kept != dtype::other) is_read[at(w.output)] = true;
    }
    for (std::size_t value = 0; value < converts.size(); ++value) {
        const node& n = m.net->nodes[value];
        if (converts[value] && !is_read[value] && !(is_given(n.kind) && n.kept != dtype::other))
            out.stays_float[value] = true;
    }
    // The outputs of one step have one type of float.
    for (const fusion_group& w : m.groups) {
        const bool floats = !is_view(w.kind) && w.numbers.storage == dtype::f32;
        if (floats || !w.further.empty()) {
            out.stays_float[at(w.output)] = floats;
            for (const int value : w.further) out.stays_float[at(value)] = floats;
        }
    }
}

/// True for chains with a sine or cosine: of a large argument, such as a position or a step of a diffusion, they need
/// more bits than 16 hold.
constexpr bool has_turns(const fusion_group& w) {
    if (!is_pointwise(w.kind)) return false;
    for (const pointwise_op& each : w.epilogue)
        if (each.kind == function::sin || each.kind == function::cos) return true;
    return false;
}

/// Angles stay float: what a sine or cosine reads, as far back as pointwise functions compute it of inputs, parameters
/// and constants alone. Those of a layer's result have the rounding of that result already.
constexpr void keep_angles(const module& m, half_care& out) {
    dynamic_array<char> is_simple(out.stays_float.size(), false), is_angle(is_simple);
    for (std::size_t id = 0; id < is_simple.size(); ++id)
        is_simple[id] = is_given(m.net->nodes[id].kind) && !is_state(m.net->nodes[id].kind);
    const auto each_value = [](const fusion_group& w, auto take) {
        for (const int value : w.inputs) take(value);
        for (const operand& o : w.operands)
            if (o.value >= 0) take(o.value);
    };
    for (const fusion_group& w : m.groups) {
        if (!is_pointwise(w.kind) && !is_view(w.kind)) continue;
        bool simple = true;
        each_value(w, [&](int value) { simple = simple && is_simple[at(value)]; });
        is_simple[at(w.output)] = simple;
    }
    for (int i = static_cast<int>(m.groups.size()) - 1; i >= 0; --i) {
        const fusion_group& w = m.groups[at(i)];
        if (has_turns(w) || (is_simple[at(w.output)] && is_angle[at(w.output)]))
            each_value(w, [&](int value) {
                if (is_simple[at(value)]) is_angle[at(value)] = out.stays_float[at(value)] = true;
            });
    }
}

constexpr half_care find_half_care(
    const module& m, const lamina::target& target, const dynamic_array<char>& is_image) {
    half_care out;
    bool is_needed = !target.stores_floats();
    for (const node& n : m.net->nodes) is_needed = is_needed || is_narrow(n.kept);
    if (!is_needed) return out;
    const dynamic_array<node>& nodes = m.net->nodes;
    const int groups = static_cast<int>(m.groups.size());
    out.stays_float.assign(nodes.size(), false);
    out.keeps_finite.assign(nodes.size(), false);
    find_storage(m, target, out);
    for (int i = groups - 1; i >= 0; --i) {
        const fusion_group& w = m.groups[at(i)];
        const op_traits& traits = traits_of(w.kind);
        for (int k = 0; traits.float_input >= 0 && k < static_cast<int>(w.inputs.size()); ++k)
            if (is_float_input(traits, k)) out.stays_float[at(w.inputs[at(k)])] = true;
        if (traits.is_exp_of) out.keeps_finite[at(w.inputs[0])] = true;
        if (is_view(w.kind) && out.stays_float[at(w.output)])
            out.stays_float[at(w.inputs[0])] = true;
        if (is_view(w.kind) && out.keeps_finite[at(w.output)])
            out.keeps_finite[at(w.inputs[0])] = true;
        if (out.keeps_finite[at(w.output)])  // what is added to scores may be a mask
            for (const operand& o : w.operands)
                if (o.value >= 0) out.stays_float[at(o.value)] = true;
    }
    for (int i = 0; i < groups; ++i) {
        const fusion_group& w = m.groups[at(i)];
        if (!is_pointwise(w.kind) && !(is_view(w.kind) && out.stays_float[at(w.inputs[0])]))
            out.stays_float[at(w.output)] = false;
        for (int value : w.further) out.stays_float[at(value)] = false;
    }
    keep_angles(m, out);
    keep_floats(m, out);
    dynamic_array<char> is_read(nodes.size(), false);
    for (const fusion_group& w : m.groups) {
        for (int value : w.inputs) is_read[at(value)] = true;
        for (const operand& o : w.operands)
            if (o.value >= 0) is_read[at(o.value)] = true;
    }
    for (const fusion_group& w : m.groups) {
        const node& n = nodes[at(w.output)];
        if ((is_pointwise(w.kind) || is_spatial(w.kind)) && has_channels(n.dims)
            && !is_volume(n.dims) && n.dims.c <= few_channels(target) && !is_image[at(w.output)]
            && !is_read[at(w.output)] && is_output(*m.net, w.output))
            out.stays_float[at(w.output)] = true;
    }
    return out;
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
