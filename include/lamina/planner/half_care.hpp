// SPDX-License-Identifier: Apache-2.0
// What 16 bits would corrupt and is stored as float in plans that store them: masks, angles, sums, what
// network::keep asks for. Decided by assign_layouts before it assigns memory.
#pragma once
#include <lamina/planner/few_channels.hpp>
#include <lamina/planner/fold.hpp>
#include <lamina/planner/keep_sums.hpp>

namespace lamina::planner {

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
/// another type read, also through views, is stored as float. Casts become part of the steps that write these values.
constexpr void keep_floats(const module& m, half_care& out) {
    bool any = false;
    for (const node& n : m.net->nodes) any = any || n.kept != dtype::other;
    for (const fusion_group& w : m.groups) any = any || w.kept != dtype::other;
    if (!any) return;
    dynamic_array<char> converts(out.stays_float.size(), false),
        is_read(out.stays_float.size(), false);
    const auto read = [&](int value, dtype type) {
        (type == out.storage[at(value)] ? is_read : converts)[at(value)] = true;
    };
    for (int i = static_cast<int>(m.groups.size()) - 1; i >= 0; --i) {
        const fusion_group& w = m.groups[at(i)];
        const bool shows_floats = converts[at(w.output)] && !is_read[at(w.output)];
        const dtype type = !is_view(w.kind) ? w.numbers.storage
            : shows_floats                  ? dtype::f32
                                            : out.storage[at(w.output)];
        each_read(w, [&](int value) { read(value, type); });
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
        if (is_view(w.kind) && !out.stays_float[at(w.inputs[0])])
            out.stays_float[at(w.output)] = false;
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
    for (const fusion_group& w : m.groups) {
        if (!is_pointwise(w.kind) && !is_view(w.kind)) continue;
        bool simple = true;
        each_read(w, [&](int value) { simple = simple && is_simple[at(value)]; });
        is_simple[at(w.output)] = simple;
    }
    for (int i = static_cast<int>(m.groups.size()) - 1; i >= 0; --i) {
        const fusion_group& w = m.groups[at(i)];
        if (has_turns(w) || (is_simple[at(w.output)] && is_angle[at(w.output)]))
            each_read(w, [&](int value) {
                if (is_simple[at(value)]) is_angle[at(value)] = out.stays_float[at(value)] = true;
            });
    }
}

/// Sums and products that pointwise steps and the caller alone read stay float: a half ends at 65504, and what keeps
/// the divisor of a norm off 0 (1e-12) is 0 in it.
constexpr void keep_results(const module& m, half_care& out) {
    const dynamic_array<unsigned char> readers = find_readers(m);
    for (const fusion_group& w : m.groups)
        if (is_sum(m, w) && !(readers[at(w.output)] & (read_by_sum | read_by_others)))
            out.stays_float[at(w.output)] = true;
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
    keep_results(m, out);
    keep_floats(m, out);
    dynamic_array<char> is_read(nodes.size(), false);
    for (const fusion_group& w : m.groups)
        each_read(w, [&](int value) { is_read[at(value)] = true; });
    for (const fusion_group& w : m.groups) {
        const node& n = nodes[at(w.output)];
        if ((is_pointwise(w.kind) || is_spatial(w.kind)) && has_channels(n.dims)
            && !is_volume(n.dims) && n.dims.c <= few_channels(target) && !is_image[at(w.output)]
            && !is_read[at(w.output)] && is_output(*m.net, w.output))
            out.stays_float[at(w.output)] = true;
    }
    return out;
}

}  // namespace lamina::planner
