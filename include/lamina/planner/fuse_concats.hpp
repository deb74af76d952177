// SPDX-License-Identifier: Apache-2.0
// A convolution of a concat of two images reads both where they are, and the joined image is never stored: of a
// decoder's skip only the skip stays in memory. On targets of channels-last images; runs after fuse_pools.
#pragma once
#include <lamina/planner/fuse_pools.hpp>

namespace lamina::planner {

/// Both images have a multiple of this many channels, so that no 16-byte copy and no slice of weights (depth_slice)
/// spans both.
inline constexpr int joined_channels = 16;

/// True if a group or step of that kind, with that many inputs, is a convolution of the concat of its inputs.
constexpr bool reads_concat(op kind, std::size_t inputs) {
    return kind == op::conv2d && inputs > 1;
}

/// True if the group is a concat, by channels, of two images of floats that steps of the network compute.
constexpr bool is_concat_of_two(const network& net, const fusion_group& w) {
    if (!w.alive || traits_of(w.kind).view != view_rule::concat || w.inputs.size() != 2)
        return false;
    const node& n = net.nodes[at(w.anchor)];
    if (n.attr.axis != 1 || n.dims.rank != 4 || n.type != dtype::f32) return false;
    for (const int value : w.inputs)
        if (net.nodes[at(value)].dims.c % joined_channels || is_given(net.nodes[at(value)].kind))
            return false;
    return true;
}

/// True if the group is a convolution of one group whose kernel may read two images.
constexpr bool may_read_concat(const module& m, const fusion_group& w) {
    if (!w.alive || w.kind != op::conv2d || w.dequantize >= 0 || w.inputs.size() != 1) return false;
    const node& n = m.net->nodes[at(w.anchor)];
    return n.dims.rank == 4 && n.attr.groups == 1 && !n.rounded.bits;
}

constexpr void fuse_concats(module& m, const lamina::target& target) {
    if (!has_constant_images(m, target)) return;
    const dynamic_array<int> users = count_users(*m.net);
    const dynamic_array<int> producer = find_producers(m);
    for (fusion_group& w : m.groups) {
        if (!may_read_concat(m, w)) continue;
        const int value = w.inputs[0], from = producer[at(value)];
        if (from < 0 || users[at(value)] != 1) continue;
        fusion_group& concat = m.groups[at(from)];
        if (!is_concat_of_two(*m.net, concat) || concat.kept != w.kept
            || !may_run_late(m, concat, w.output))
            continue;
        dynamic_array<int> members = concat.members;
        for (const int id : w.members) members.push_back(id);
        w.members = std::move(members);
        w.inputs = concat.inputs;
        concat.alive = false;
    }
}

}  // namespace lamina::planner
