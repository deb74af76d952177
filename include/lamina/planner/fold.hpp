// SPDX-License-Identifier: Apache-2.0
// First stage after check: one fusion group per node, then batch_norm into the weights before it. Writes
// recipes, not weights; the arithmetic is done when an engine is made, in fp64.
#pragma once
#include <lamina/graph/quantized.hpp>
#include <lamina/planner/stage_data.hpp>

namespace lamina::planner {

/// Counts of readers, if the network has values that may stay unread; else empty.
constexpr dynamic_array<int> count_if_optional(const network& net) {
    for (const node& n : net.nodes)
        if (n.is_optional || is_further(n.kind)) return count_users(net);
    return {};
}

/// What network::keep asks of the state that a node updates: its memory has one type.
constexpr dtype kept_of_state(const network& net, int id) {
    while (traits_of(net.nodes[at(id)]).in_place) id = net.nodes[at(id)].inputs[0];
    return net.nodes[at(id)].kept;
}

/// One fusion group per node that computes something: not for given values, those without elements and
/// optional ones that nothing reads.
/// Empty inputs (of concat and fill) are dropped, so that every value of a group has elements.
constexpr void make_groups(module& m) {
    const network& net = *m.net;
    const dynamic_array<int> users = count_if_optional(net);
    m.overwrites = find_overwrites(net);
    m.groups.reserve(net.nodes.size());
    for (int id = 0; id < static_cast<int>(net.nodes.size()); ++id) {
        const node& n = net.nodes[at(id)];
        if (makes_nothing(n) || is_further(n.kind)) continue;
        if (n.is_optional && !users[at(id)]) continue;
        fusion_group& w = m.groups.emplace_back();
        w.kind = n.kind;
        w.anchor = id;
        w.kept = traits_of(n).in_place ? kept_of_state(net, id) : n.kept;
        w.members.reserve(4);
        w.members.push_back(id);
        w.inputs.reserve(n.inputs.size());
        for (int input : n.inputs)
            if (!net.nodes[at(input)].dims.is_empty() && traits_of(n).reads_inputs)
                w.inputs.push_back(input);
        w.output = id;
        for (int next = id + 1, end = id + count_outputs(net, id); next < end; ++next)
            if (users[at(next)]) w.further.push_back(next);
    }
}

/// The group that writes each value, -1 for network inputs.
constexpr dynamic_array<int> find_producers(const module& m) {
    dynamic_array<int> producer(m.net->nodes.size(), -1);
    for (int i = 0; i < static_cast<int>(m.groups.size()); ++i)
        if (m.groups[at(i)].alive) {
            producer[at(m.groups[at(i)].output)] = i;
            for (int value : m.groups[at(i)].further) producer[at(value)] = i;
        }
    return producer;
}

/// False if network::keep asks for different types.
constexpr bool may_share_step(const fusion_group& a, const fusion_group& b) {
    return a.kept == b.kept || a.kept == dtype::other || b.kept == dtype::other;
}
/// True if a group that ended in node `last` would still run before an update overwrites what it reads:
/// schedule orders groups by the value that they end in.
constexpr bool may_run_late(const module& m, const fusion_group& w, int last) {
    if (m.overwrites.empty()) return true;
    for (const int value : w.inputs)
        if (m.overwrites[at(value)] < last) return false;
    for (const operand& o : w.operands)
        if (o.value >= 0 && m.overwrites[at(o.value)] < last) return false;
    return true;
}
/// The nodes of `tail` become nodes of `head`.
constexpr void add_members(fusion_group& head, const fusion_group& tail) {
    for (const int id : tail.members) head.members.push_back(id);
    if (head.kept == dtype::other) head.kept = tail.kept;
    head.output = tail.output;
}

/// True for a pool or resize of images whose numbers may be those of 8 bits that stand for its input.
constexpr bool sees_bytes(const network& net, int id) {
    const node& n = net.nodes[at(id)];
    return traits_of(n).reads_bytes
        && (detail::pools_bytes(n, count_outputs(net, id) > 1) || detail::repeats_bytes(n));
}

/// Each dequantize whose one reader can read numbers of 8 bits becomes part of it: of a convolution with such
/// weights, which multiplies them as they are, of a pool or nearest resize, which it follows (fuse), or of a
/// chain, which reads them as operands.
constexpr void absorb_dequantize(module& m) {
    const network& net = *m.net;
    bool has_some = false;
    for (const node& n : net.nodes) has_some = has_some || n.kind == op::dequantize;
    if (!has_some) return;
    const dynamic_array<int> users = count_users(net);
    const dynamic_array<int> producer = find_producers(m);
    m.dequantized.assign(net.nodes.size(), -1);
    for (fusion_group& reader : m.groups) {
        const bool multiplies = net.nodes[at(reader.anchor)].multiplies_bytes;
        const bool follows = sees_bytes(net, reader.anchor);
        if (!reader.alive || (!multiplies && !follows && !is_pointwise(reader.kind))) continue;
        for (int& value : reader.inputs) {
            const int from = producer[at(value)];
            if (from < 0 || m.groups[at(from)].kind != op::dequantize || users[at(value)] != 1)
                continue;
            fusion_group& absorbed = m.groups[at(from)];
            reader.members.push_back(absorbed.anchor);
            absorbed.alive = false;
            value = absorbed.inputs[0];
            if (multiplies || follows)
                reader.dequantize = absorbed.anchor;
            else
                m.dequantized[at(value)] = absorbed.anchor;
        }
    }
}

/// The output axis that a node's weights produce.
constexpr int fold_axis_of(const node& n) {
    const int axis = traits_of(n).fold_axis;
    return axis < 0 ? n.dims.rank + axis : axis;
}

/// True if the channel axis of a batch_norm after this group is the axis its weights produce.
constexpr bool takes_fold(const fusion_group& w, const network& net) {
    const op_traits& traits = traits_of(w.kind);
    const node& n = net.nodes[at(w.anchor)];
    constexpr int channels = 1;
    return traits.fold_axis && fold_axis_of(n) == channels && !n.rounded.bits
        && (traits.folds_groups || n.attr.groups == 1);
}

/// Folds each batch_norm whose input has no other reader.
constexpr void fold(module& m) {
    const dynamic_array<int> users = count_users(*m.net);
    dynamic_array<int> producer = find_producers(m);
    for (fusion_group& norm : m.groups) {
        if (!traits_of(norm.kind).folds_before) continue;
        const int input = norm.inputs[0];
        const int from = producer[at(input)];
        if (from < 0 || users[at(input)] != 1 || m.groups[at(from)].output != input
            || !takes_fold(m.groups[at(from)], *m.net) || !may_share_step(m.groups[at(from)], norm)
            || !may_run_late(m, m.groups[at(from)], norm.output))
            continue;
        fusion_group& anchor = m.groups[at(from)];
        anchor.folds.push_back(norm.anchor);
        add_members(anchor, norm);
        producer[at(norm.output)] = from;
        norm.alive = false;
    }
}

}  // namespace lamina::planner
