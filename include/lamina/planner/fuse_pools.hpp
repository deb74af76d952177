// SPDX-License-Identifier: Apache-2.0
// Max pools of 2x2 join the convolution before them: its kernel computes the four pixels of a window side by side and
// stores the greatest, so that the convolution's own output is in no memory. On targets of channels-last images;
// runs after fuse.
#pragma once
#include <lamina/planner/fold.hpp>
#include <lamina/planner/target.hpp>

namespace lamina::planner {

/// True if a group or step of that kind, which ends in node `output`, is a convolution with a pool behind it.
constexpr bool ends_in_pool(const network& net, op kind, int output) {
    return kind == op::conv2d && output >= 0 && net.nodes[at(output)].kind == op::pool;
}

/// True for max pools of 2x2 without padding whose windows lie side by side; a last line or column that fills none is
/// left out.
constexpr bool is_pool_of_quarters(const network& net, const node& n) {
    const shape& in = net.nodes[at(n.inputs[0])].dims;
    const window meeting{.kernel_h = 2, .kernel_w = 2, .stride_h = 2, .stride_w = 2};
    return n.kind == op::pool && static_cast<pool_kind>(n.attr.kind) == pool_kind::max
        && in.rank == 4 && n.attr.win == meeting && n.dims.h == in.h / 2 && n.dims.w == in.w / 2;
}

/// True if the group is a convolution of one group whose kernel may take a pool: of floats, with an epilogue that
/// reads no other tensor.
constexpr bool may_take_pool(const module& m, const fusion_group& w) {
    if (!w.alive || w.kind != op::conv2d || w.dequantize >= 0 || !w.further.empty()) return false;
    const node& n = m.net->nodes[at(w.anchor)];
    for (const operand& o : w.operands)
        if (o.value >= 0) return false;
    return n.dims.rank == 4 && n.attr.groups == 1 && !n.rounded.bits
        && m.net->nodes[at(w.output)].type == dtype::f32;
}

/// True on targets of channels-last images for networks whose sizes are constants of kernels. As arguments, kernels
/// would divide by two more of them for each row of a pool.
constexpr bool has_constant_images(const module& m, const lamina::target& target) {
    const bool has_constant_sizes = target.sizes == size_form::constants
        || (target.sizes == size_form::of_dims && m.net->ranges.empty());
    return !target.blocks_channels() && !target.is_cpu() && has_constant_sizes;
}

constexpr void fuse_pools(module& m, const lamina::target& target) {
    if (!has_constant_images(m, target)) return;
    const network& net = *m.net;
    const dynamic_array<int> users = count_users(net);
    const dynamic_array<int> producer = find_producers(m);
    for (fusion_group& pool : m.groups) {
        if (!pool.alive || pool.kind != op::pool || pool.dequantize >= 0 || !pool.epilogue.empty()
            || !pool.further.empty() || !is_pool_of_quarters(net, net.nodes[at(pool.anchor)]))
            continue;
        const int value = pool.inputs[0], from = producer[at(value)];
        if (from < 0 || users[at(value)] != 1) continue;
        fusion_group& head = m.groups[at(from)];
        if (head.output != value || !may_take_pool(m, head) || !may_share_step(head, pool)
            || !may_run_late(m, head, pool.output))
            continue;
        add_members(head, pool);
        pool.alive = false;
    }
}

}  // namespace lamina::planner
