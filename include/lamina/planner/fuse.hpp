// SPDX-License-Identifier: Apache-2.0
// Pointwise ops join the kernel before them: activations, residual adds, unfolded batch_norms.
// Runs after fold. No cycle can arise: a group is only extended by its single reader.
#pragma once
#include <lamina/planner/fold.hpp>

namespace lamina::planner {

inline constexpr int epilogue_limit = 16;  ///< functions behind one anchor
inline constexpr int operand_limit = 4;    ///< tensors and vectors they read
inline constexpr int byte_operand_limit
    = 8;  ///< the same with scales and zero points of numbers of 8 bits

/// A vector of weights along one axis, as a recipe.
constexpr int add_vector(module& m, int source, bool shifts, int count) {
    weight_recipe r;
    r.source = source;
    r.shifts = shifts;
    r.dims = {count};
    m.weights.push_back(r);
    return static_cast<int>(m.weights.size()) - 1;
}

/// True if a function of whole numbers must be computed in ints: floats hold them up to 2^24 only.
constexpr bool computes_in_ints(const network& net, const node& n) {
    if (n.type == dtype::f32) return false;
    for (const int input : n.inputs)
        if (net.nodes[at(input)].type == dtype::i32) return true;
    return false;
}

/// A scale or zero point of the weights file as an operand.
constexpr int add_range(module& m, fusion_group& w, int parameter, byte_form form) {
    const int vector = add_vector(m, parameter, false, 1);
    m.weights[at(vector)].bytes_of = form;
    w.operands.push_back({-1, vector, -1});
    return static_cast<int>(w.operands.size()) - 1;
}

/// Reads operand `index` through a dequantize.
constexpr void read_bytes(module& m, fusion_group& w, int index, const node& dequantize) {
    w.operands[at(index)].value = dequantize.inputs[0];
    const int scale = add_range(m, w, dequantize.parameters[weight_slot], byte_form::none);
    const int zero = add_range(m, w, dequantize.parameters[bias_slot], byte_form::none);
    w.operands[at(index)].scale = scale;
    w.operands[at(index)].zero = zero;
}

/// A pool or resize that reads 8 bits goes on with the functions of the dequantize that became part of it.
constexpr void follow_with_dequantize(module& m, fusion_group& w) {
    const node& n = m.net->nodes[at(w.dequantize)];
    const int zero = add_range(m, w, n.parameters[bias_slot], byte_form::none);
    const int scale = add_range(m, w, n.parameters[weight_slot], byte_form::none);
    w.epilogue.push_back({function::sub, zero});
    w.epilogue.push_back({function::mul, scale});
}

/// Tensors and vectors that a group's functions may read.
constexpr std::size_t most_operands(const module& m) {
    return static_cast<std::size_t>(m.dequantized.empty() ? operand_limit : byte_operand_limit);
}

/// Rewrites a pointwise node as a chain that starts by loading operand 0.
constexpr void to_chain(module& m, fusion_group& w) {
    const node& n = m.net->nodes[at(w.anchor)];
    const chain_form form = traits_of(w.kind).chain;
    if (form == chain_form::constant) {  // a chain without a value begins with 0
        w.kind = op::pointwise;
        w.epilogue.push_back({function::add_scalar, -1, 0, n.attr.scalars[0], 0});
        return;
    }
    w.operands.push_back({w.inputs[0], -1, 1});
    w.on_ints = computes_in_ints(*m.net, n);
    const auto kind = static_cast<function>(n.attr.kind);
    if (form == chain_form::function) {
        w.epilogue.push_back({kind, -1, 0, n.attr.scalars[0], n.attr.scalars[1]});
    } else if (form == chain_form::binary) {
        w.operands.push_back({w.inputs[1], -1, 1});
        w.epilogue.push_back({kind, 1, 0, n.attr.scalars[0], 0});
    } else if (form == chain_form::choice) {
        w.operands.push_back({w.inputs[1], -1, 1});
        w.operands.push_back({w.inputs[2], -1, 1});
        w.epilogue.push_back({function::where, 1, 0, 0, 0, 2});
    } else if (form == chain_form::to_bytes) {
        // What launch_epilogue makes one function of.
        const int factor = add_range(m, w, n.parameters[weight_slot], byte_form::reciprocal);
        const int zero = add_range(m, w, n.parameters[bias_slot], byte_form::none);
        w.epilogue.push_back({function::mul, factor});
        w.epilogue.push_back({function::round});
        w.epilogue.push_back({function::add, zero});
        w.epilogue.push_back({function::threshold, -1, 0, 0, 0});  // 0 of a NaN, too
        w.epilogue.push_back({function::min_scalar, -1, 0, 255, 0});
    } else if (form == chain_form::from_bytes) {
        read_bytes(m, w, 0, n);
    } else if (form == chain_form::slope) {
        // max(v, 0) + weight * min(v, 0) is one function with a vector operand.
        const int count = m.net->parameters[at(n.parameters[weight_slot])].dims.n;
        const int vector = add_vector(m, n.parameters[weight_slot], false, count);
        w.operands.push_back({-1, vector, count == 1 ? -1 : 1});
        w.epilogue.push_back({function::leaky_relu, 1, 0, 0, 0});
    } else {
        const int count = m.net->parameters[at(n.parameters[mean_slot])].dims.n;
        for (bool shifts : {false, true}) {
            const int vector = add_vector(m, -1, shifts, count);
            m.weights[at(vector)].folds = {static_cast<int>(m.folds.size()), 1};
            m.folds.push_back(fold_of(n));
            w.operands.push_back({-1, vector, 1});
            w.epilogue.push_back({shifts ? function::add : function::mul, shifts ? 2 : 1, 0, 0, 0});
        }
    }
    if (!m.dequantized.empty() && form != chain_form::from_bytes)
        for (std::size_t k = 0; k < w.inputs.size(); ++k)
            if (const int through = m.dequantized[at(w.inputs[k])]; through >= 0)
                read_bytes(m, w, static_cast<int>(k), m.net->nodes[at(through)]);
    w.kind = op::pointwise;
    w.inputs.clear();
}

/// Appends `tail`, whose operand number `main` is what `head` computes, to `head`.
constexpr void append_chain(fusion_group& head, const fusion_group& tail, int main) {
    dynamic_array<int> renumbered;
    for (int i = 0; i < static_cast<int>(tail.operands.size()); ++i) {
        renumbered.push_back(i == main ? -1 : static_cast<int>(head.operands.size()));
        if (i != main) head.operands.push_back(tail.operands[at(i)]);
    }
    for (std::size_t i = 0; i < renumbered.size(); ++i)
        if (tail.operands[i].scale >= 0 && renumbered[i] >= 0) {
            operand& read = head.operands[at(renumbered[i])];
            read.scale = renumbered[at(read.scale)];
            read.zero = renumbered[at(read.zero)];
        }
    bool first = true;
    for (pointwise_op f : tail.epilogue) {
        // If the tail began with another of its operands, that is the value's place, and the others
        // keep their order.
        if (first && main != 0) {
            f.place = main;
            if (f.second >= 0) f.second = renumbered[at(main == 1 ? f.second : f.operand)];
            f.operand = renumbered[0];
        } else {
            if (f.operand >= 0) f.operand = renumbered[at(f.operand)];
            if (f.second >= 0) f.second = renumbered[at(f.second)];
        }
        first = false;
        head.epilogue.push_back(f);
    }
    add_members(head, tail);
}

/// Estimated work of an anchor, to prefer the more expensive of two branches.
constexpr std::int64_t weight_of(const fusion_group& w, const network& net) {
    const node& n = net.nodes[at(w.anchor)];
    switch (traits_of(w.kind).work) {
    case work_estimate::nothing:
        return 0;
    case work_estimate::elements:
        return n.dims.count();
    case work_estimate::window:
        return n.dims.count() * n.attr.win.kernel_d * n.attr.win.kernel_h * n.attr.win.kernel_w
            * (net.nodes[at(n.inputs[0])].dims.c / n.attr.groups);
    }
    return 0;
}

/// True if a group that ended in node `last` would still run before all readers of its further outputs:
/// schedule orders groups by the value that they end in.
constexpr bool may_end_in(const network& net, const fusion_group& w, int last) {
    for (int id = w.anchor + 1; id < last && !w.further.empty(); ++id)
        for (int input : net.nodes[at(id)].inputs)
            for (int value : w.further)
                if (input == value) return false;
    return true;
}

constexpr void fuse(module& m) {
    const network& net = *m.net;
    const dynamic_array<int> users = count_users(net);
    dynamic_array<int> producer = find_producers(m);
    if (!m.dequantized.empty())
        for (fusion_group& w : m.groups)
            if (w.alive && w.dequantize >= 0 && traits_of(w.kind).reads_bytes)
                follow_with_dequantize(m, w);
    for (int i = 0; i < static_cast<int>(m.groups.size()); ++i) {
        if (!m.groups[at(i)].alive || !is_pointwise(m.groups[at(i)].kind)) continue;
        fusion_group& tail = m.groups[at(i)];
        const chain_form form = traits_of(tail.kind).chain;
        const bool begins_bytes = tail.kind == op::dequantize;
        const bool ends_in_bytes = net.nodes[at(tail.output)].kind == op::quantize;
        const int values = form == chain_form::choice ? 3 : form == chain_form::binary ? 2 : 1;
        to_chain(m, tail);
        if (tail.operands.empty() || begins_bytes) continue;
        // Which operand's producer may be extended by this chain?
        int best = -1;
        std::int64_t best_weight = -1;
        for (int o = 0; o < values; ++o) {
            const int value = tail.operands[at(o)].value;
            const int from = producer[at(value)];
            if (from < 0 || users[at(value)] != 1 || tail.operands[at(o)].scale >= 0
                || !(net.nodes[at(value)].dims == net.nodes[at(tail.output)].dims))
                continue;
            const fusion_group& head = m.groups[at(from)];
            const bool is_chain = is_pointwise(head.kind);
            // Ints and floats do not share a chain, and other kernels write floats only, or what ends in
            // quantize.
            const dtype written = net.nodes[at(tail.output)].type;
            const bool is_other = head.on_ints != tail.on_ints
                || (!is_chain && written != dtype::f32
                    && !(ends_in_bytes && traits_of(head.kind).writes_bytes))
                || (!is_chain && net.nodes[at(value)].type != dtype::f32);
            if (traits_of(head.kind).epilogue == epilogue_form::none || is_other
                || (is_chain && head.operands.empty()) || head.output != value
                || !may_end_in(net, head, tail.output) || !may_share_step(head, tail)
                || !may_run_late(m, head, tail.output)
                || head.epilogue.size() + tail.epilogue.size() > epilogue_limit
                || head.operands.size() + tail.operands.size() - 1 > most_operands(m))
                continue;
            const std::int64_t weight = weight_of(head, net);
            if (weight > best_weight) {
                best_weight = weight;
                best = o;
            }
        }
        if (best < 0) continue;
        const int from = producer[at(tail.operands[at(best)].value)];
        append_chain(m.groups[at(from)], tail, best);
        producer[at(tail.output)] = from;
        tail.alive = false;
    }
}

}  // namespace lamina::planner
