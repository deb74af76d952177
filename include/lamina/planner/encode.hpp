// SPDX-License-Identifier: Apache-2.0
// Module -> the plan's bytes, field by field as plan.fbs says. The last stage.
#pragma once
#include <lamina/core/version.hpp>
#include <lamina/graph/numbering.hpp>
#include <lamina/plan/write.hpp>
#include <lamina/planner/render.hpp>
#include <lamina/planner/stage_data.hpp>
#include <lamina/planner/target.hpp>

namespace lamina::planner {

/// "conv2d + batch_norm + relu": the layers of a step as the user wrote them.
constexpr text<240> layers_of(const step& s, const network& net) {
    text<240> out;
    if (s.is_copy) return out.append("reformat");
    for (int id : s.members) {
        if (!out.empty()) out.append(" + ");
        out.append(net.nodes[at(id)].layer);
    }
    return out;
}

/// Weights name of the first layer of a step that has one; else the layer's own name.
constexpr name name_of(const step& s, const network& net) {
    for (int id : s.members)
        if (!net.nodes[at(id)].at.empty()) return net.nodes[at(id)].at;
    return net.nodes[at(s.node)].at;
}

/// Bytes that a step must move: inputs, operands and weights read once, the output written once.
constexpr std::int64_t traffic_of(const step& s, const launch& l, const module& m) {
    std::int64_t bytes = s.output.dims.count() * static_cast<int>(size_bytes(s.output.type));
    for (const view& v : s.inputs) bytes += v.dims.count() * static_cast<int>(size_bytes(v.type));
    for (const resolved_operand& o : s.operands)
        if (o.weight < 0) bytes += o.seen.dims.count() * static_cast<int>(size_bytes(o.seen.type));
    for (const argument& a : l.arguments)
        if (a.space == memory_space::weights) bytes += m.weights[at(a.storage)].bytes;
    return bytes;
}

/// Writes the plan as little-endian words (which must be zero); returns its size in bytes. What
/// lies beyond the capacity is counted, not written.
constexpr int encode(const module& m, const lamina::target& target, std::string_view network_name,
    std::uint32_t* words, int capacity_bytes) {
    using encoding::table_form;
    encoding::flat_writer w(words, capacity_bytes);
    const network& net = *m.net;

    table_form<19> plan_form({4, 4, 4, 4, 1, 8, 8, 8, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4});
    table_form<9> tensor_form({4, 4, 1, 4, 4, 4, 1, 4, 8});
    table_form<2> parameter_form({4, 4});
    table_form<5> fold_form({4, 4, 4, 4, 4});
    table_form<11> weight_form({4, 1, 4, 4, 4, 4, 4, 1, 8, 8, 4});
    table_form<6> tactic_form({4, 4, 4, 4, 4, 4});
    table_form<4> kernel_form({4, 4, 4, 4});
    table_form<10> step_form({4, 4, 4, 4, 4, 4, 4, 4, 8, 8});
    table_form<4> binding_form({4, 1, 4, 4});

    // A reference field that stays empty must not be in the vtable: 0 is no valid reference.
    for (int unused : {16, 17, 18}) plan_form.position[unused] = 0;
    table_form<11> transformed_form = weight_form;
    weight_form.position[10] = 0;
    table_form<6> needing_form = tactic_form;
    tactic_form.position[5] = 0;
    bool has_text = false;
    for (const kernel& k : m.kernels) has_text = has_text || k.source;
    if (!has_text) kernel_form.position[2] = 0;

    w.size = 8;  // root reference, file identifier
    for (int i = 0; i < 4; ++i) w.put8(4 + i, static_cast<unsigned char>("LAMP"[i]));
    const int plan = w.table(plan_form);
    w.refer(0, plan);
    const auto field = [&](int i) { return plan + plan_form.position[i]; };
    w.put32(field(0), lamina::plan_format);
    w.refer_text(field(1), version_text);
    w.refer_text(field(2), network_name);
    w.refer_text(field(3), target.label());
    w.put8(field(4), static_cast<unsigned>(target.storage));
    w.put64(field(5), static_cast<std::uint64_t>(m.arena_bytes));
    w.put64(field(6), static_cast<std::uint64_t>(m.weight_bytes));
    std::int64_t flops = 0;
    for (const launch& l : m.launches) flops += l.flops;
    w.put64(field(7), static_cast<std::uint64_t>(flops));

    const auto dims_of = [&](const shape& dims) {
        const int extents[max_rank] = {dims.n, dims.c, dims.h, dims.w, dims.d4, dims.d5};
        return w.numbers(extents, dims.rank);
    };
    const auto table_in = [&](int list, int i, auto& form) {
        const int at_ = w.table(form);
        w.refer(list + 4 + 4 * i, at_);
        return at_;
    };
    const auto slot = [](int table, const auto& form, int i) { return table + form.position[i]; };

    // Texts that are made here and shared.
    struct step_label {
        name first;
        text<240> layers;
    };
    std::vector<step_label> labels;
    labels.reserve(m.steps.size());
    for (const step& s : m.steps) labels.push_back({name_of(s, net), layers_of(s, net)});

    // Bindings.
    int input_count = 0;
    for (const node& n : net.nodes) input_count += n.kind == op::input;
    int list = w.vector(input_count, 4, 4);
    w.refer(field(8), list);
    int k = 0;
    for (const node& n : net.nodes)
        if (n.kind == op::input) {
            const int t = table_in(list, k++, binding_form);
            w.refer_text(slot(t, binding_form, 0), n.at);
            w.put8(slot(t, binding_form, 1), static_cast<unsigned>(n.type));
            w.refer(slot(t, binding_form, 2), dims_of(n.dims));
            w.put32(slot(t, binding_form, 3), static_cast<std::uint32_t>(-1));
        }
    list = w.vector(static_cast<int>(net.outputs.size()), 4, 4);
    w.refer(field(9), list);
    k = 0;
    for (const output_binding& o : net.outputs) {
        const int t = table_in(list, k++, binding_form);
        w.refer_text(slot(t, binding_form, 0), o.at);
        w.put8(slot(t, binding_form, 1), static_cast<unsigned>(net.nodes[at(o.node)].type));
        w.refer(slot(t, binding_form, 2), dims_of(net.nodes[at(o.node)].dims));
        w.put32(slot(t, binding_form, 3), static_cast<std::uint32_t>(-1));
    }

    // Tensors: one for each step's output that is a whole value.
    std::vector<int> tensor_of(m.steps.size(), -1);
    int tensor_count = 0;
    for (std::size_t i = 0; i < m.steps.size(); ++i)
        if (!m.steps[i].is_copy && !m.steps[i].output.shift) tensor_of[i] = tensor_count++;
    const std::vector<int> numbers = structural_numbers(net);
    list = w.vector(tensor_count, 4, 4);
    w.refer(field(10), list);
    k = 0;
    for (std::size_t i = 0; i < m.steps.size(); ++i) {
        if (tensor_of[i] < 0) continue;
        const step& s = m.steps[i];
        const storage& place = m.storages[at(s.output.storage)];
        const int t = table_in(list, k++, tensor_form);
        w.refer_text(slot(t, tensor_form, 0), labels[i].first);
        w.put32(slot(t, tensor_form, 1), static_cast<std::uint32_t>(numbers[at(s.node)]));
        w.put8(slot(t, tensor_form, 2), static_cast<unsigned>(s.output.type));
        w.refer(slot(t, tensor_form, 3), dims_of(s.output.dims));
        w.refer(slot(t, tensor_form, 4), w.numbers(s.output.lay.stride, max_rank));
        w.put32(slot(t, tensor_form, 5), static_cast<std::uint32_t>(s.output.lay.block));
        w.put8(slot(t, tensor_form, 6), static_cast<unsigned>(place.space));
        w.put32(slot(t, tensor_form, 7), static_cast<std::uint32_t>(place.index));
        w.put64(slot(t, tensor_form, 8),
            static_cast<std::uint64_t>(
                place.offset + s.output.offset * static_cast<int>(size_bytes(s.output.type))));
    }

    // What the weights file must hold.
    list = w.vector(static_cast<int>(net.parameters.size()), 4, 4);
    w.refer(field(11), list);
    k = 0;
    for (const parameter& p : net.parameters) {
        const int t = table_in(list, k++, parameter_form);
        w.refer(slot(t, parameter_form, 0), w.unique_string(p.at));
        w.refer(slot(t, parameter_form, 1), dims_of(p.dims));
    }
    list = w.vector(static_cast<int>(m.weights.size()), 4, 4);
    w.refer(field(12), list);
    k = 0;
    for (const weight_recipe& r : m.weights) {
        const int t = table_in(list, k++, r.winograd ? transformed_form : weight_form);
        if (r.winograd)
            w.refer_text(slot(t, transformed_form, 10),
                r.winograd == 2       ? "winograd_2_3"
                    : r.winograd == 4 ? "winograd_4_3"
                                      : "winograd_6_3");
        w.put32(slot(t, weight_form, 0), static_cast<std::uint32_t>(r.source));
        w.put8(slot(t, weight_form, 1), r.shifts);
        w.put32(slot(t, weight_form, 2), static_cast<std::uint32_t>(r.axis));
        const int folds = w.vector(r.folds.count, 4, 4);
        w.refer(slot(t, weight_form, 3), folds);
        for (int f = 0; f < r.folds.count; ++f) {
            const fold_recipe& fold = m.folds[at(r.folds.first + f)];
            const int ft = table_in(folds, f, fold_form);
            const int fields[4] = {fold.weight, fold.bias, fold.mean, fold.variance};
            for (int i = 0; i < 4; ++i)
                w.put32(slot(ft, fold_form, i), static_cast<std::uint32_t>(fields[i]));
            w.put32(slot(ft, fold_form, 4), __builtin_bit_cast(std::uint32_t, fold.eps));
        }
        w.refer(slot(t, weight_form, 4), dims_of(r.dims));
        w.refer(slot(t, weight_form, 5), w.numbers(r.inner, r.dims.rank));
        w.refer(slot(t, weight_form, 6), w.bytes(r.order, r.order_size));
        w.put8(slot(t, weight_form, 7), static_cast<unsigned>(r.type));
        w.put64(slot(t, weight_form, 8), static_cast<std::uint64_t>(r.offset));
        w.put64(slot(t, weight_form, 9), static_cast<std::uint64_t>(r.bytes));
    }

    // Kernels.
    list = w.vector(static_cast<int>(m.tactics.size()), 4, 4);
    w.refer(field(13), list);
    k = 0;
    for (const tactic& tac : m.tactics) {
        const bool needs = *tac.needs;
        const int t = table_in(list, k++, needs ? needing_form : tactic_form);
        if (needs) w.refer_text(slot(t, needing_form, 5), tac.needs);
        w.refer_text(slot(t, tactic_form, 0), tac.label);
        w.refer_text(slot(t, tactic_form, 1), tac.defines);
        w.refer(slot(t, tactic_form, 2), w.numbers(tac.tile, 3));
        w.refer(slot(t, tactic_form, 3), w.numbers(tac.local, 3));
        w.put32(slot(t, tactic_form, 4), static_cast<std::uint32_t>(tac.local_bytes));
    }
    list = w.vector(static_cast<int>(m.kernels.size()), 4, 4);
    w.refer(field(14), list);
    k = 0;
    for (const kernel& kern : m.kernels) {
        const int t = table_in(list, k++, kernel_form);
        w.refer_text(slot(t, kernel_form, 0), kern.family);
        w.refer(slot(t, kernel_form, 1), w.open_text());
        render(kern.defines, w);
        w.close_text();
        if (has_text) w.refer_text(slot(t, kernel_form, 2), kern.source ? kern.source : "");
        w.refer(slot(t, kernel_form, 3),
            w.numbers(kern.tactics, static_cast<int>(kern.tactics.size())));
    }

    // Steps.
    list = w.vector(static_cast<int>(m.launches.size()), 4, 4);
    w.refer(field(15), list);
    for (int i = 0; i < static_cast<int>(m.launches.size()); ++i) {
        const launch& l = m.launches[at(i)];
        const step& s = m.steps[at(i)];
        const int t = table_in(list, i, step_form);
        w.refer_text(slot(t, step_form, 0), labels[at(i)].first);
        w.refer_text(slot(t, step_form, 1), labels[at(i)].layers);
        w.put32(slot(t, step_form, 2), static_cast<std::uint32_t>(l.kernel));
        w.put32(slot(t, step_form, 3), static_cast<std::uint32_t>(l.tactic));
        w.refer(slot(t, step_form, 4), w.numbers(l.extents, 3));
        const int args = w.vector(static_cast<int>(l.arguments.size()), 16, 8);
        w.refer(slot(t, step_form, 5), args);
        for (int a = 0; a < static_cast<int>(l.arguments.size()); ++a) {
            const argument& arg = l.arguments[at(a)];
            const int base = args + 4 + 16 * a;
            const int width = static_cast<int>(size_bytes(arg.type));
            if (arg.space == memory_space::weights) {
                w.put64(base,
                    static_cast<std::uint64_t>(
                        m.weights[at(arg.storage)].offset + arg.offset * width));
                w.put8(base + 12, static_cast<unsigned>(memory_space::weights));
            } else {
                const storage& place = m.storages[at(arg.storage)];
                // A weights tensor that is read as a value lies where its recipe packs it.
                const bool packed = place.space == memory_space::weights;
                const std::int64_t start
                    = packed ? m.weights[at(place.index)].offset : place.offset;
                w.put64(base, static_cast<std::uint64_t>(start + arg.offset * width));
                if (!packed) w.put32(base + 8, static_cast<std::uint32_t>(place.index));
                w.put8(base + 12, static_cast<unsigned>(place.space));
            }
            w.put8(base + 13, static_cast<unsigned>(arg.type));
        }
        w.refer(slot(t, step_form, 6), w.numbers(l.numbers, static_cast<int>(l.numbers.size())));
        w.put32(slot(t, step_form, 7), static_cast<std::uint32_t>(tensor_of[at(i)]));
        w.put64(slot(t, step_form, 8), static_cast<std::uint64_t>(l.flops));
        w.put64(slot(t, step_form, 9), static_cast<std::uint64_t>(traffic_of(s, l, m)));
    }
    w.write_texts();
    w.align(8);
    return w.size;
}

}  // namespace lamina::planner
