// SPDX-License-Identifier: Apache-2.0
// Module -> the plan's bytes, field by field as plan/tables.hpp lists them. The last stage.
#pragma once
#include <lamina/core/version.hpp>
#include <lamina/graph/numbering.hpp>
#include <lamina/plan/tables.hpp>
#include <lamina/plan/write.hpp>
#include <lamina/planner/encode_states.hpp>
#include <lamina/planner/render.hpp>
#include <lamina/planner/stage_data.hpp>
#include <lamina/planner/target.hpp>

namespace lamina::planner {

/// "conv2d + batch_norm + relu": the layers of a step as the user wrote them; those side by side
/// are apart by " | ".
constexpr text<240> layers_of(const step& s, const module& m) {
    const network& net = *m.net;
    text<240> out;
    if (s.is_copy) return out.append("reformat");
    const auto append = [&](const dynamic_array<int>& members, const char* before) {
        for (int id : members) {
            if (!out.empty()) out.append(before);
            out.append(net.nodes[at(id)].layer);
            before = " + ";
        }
    };
    if (s.row < 0) append(s.members, " + ");
    for (const group_part& part : m.parts_of(s.row)) append(part.members, " | ");
    return out;
}

/// Weights name of the first of some layers that has one; else the last layer's own name.
constexpr name name_of(const dynamic_array<int>& members, int last, const network& net) {
    for (int id : members)
        if (!net.nodes[at(id)].at.empty()) return net.nodes[at(id)].at;
    return net.nodes[at(last)].at;
}
constexpr name name_of(const step& s, const network& net) {
    return name_of(s.members, s.node, net);
}

/// Bytes that a step must move: inputs, operands and weights read once, the output written once.
constexpr std::int64_t traffic_of(const step& s, const launch& l, const module& m) {
    const shape& written = traits_of(s.kind).in_place ? s.inputs[0].dims : s.output.dims;
    std::int64_t bytes = written.count() * static_cast<int>(size_bytes(s.output.type));
    for (const further_output& also : s.further)
        bytes += also.seen.dims.count() * static_cast<int>(size_bytes(also.seen.type));
    for (const view& v : s.inputs) bytes += v.dims.count() * static_cast<int>(size_bytes(v.type));
    for (const resolved_operand& o : s.operands)
        if (o.weight < 0) bytes += o.seen.dims.count() * static_cast<int>(size_bytes(o.seen.type));
    for (const argument& a : l.arguments)
        if (a.space == memory_space::weights) bytes += m.weights[at(a.storage)].bytes;
    return bytes;
}

/// The product of a tactic that a library computes.
constexpr void encode_gemm(encoding::flat_writer& w, const encoding::open_table& tactic,
    encoding::table_form<schema::gemm>& form, const gemm_call& g) {
    const auto t = w.table(form);
    tactic.refer(schema::tactic::gemm, t.at);
    t.put(schema::gemm::rows, g.rows);
    t.put(schema::gemm::columns, g.columns);
    t.put(schema::gemm::depth, g.depth);
    t.put(schema::gemm::batches, g.batches);
    t.put(schema::gemm::a, g.a);
    t.put(schema::gemm::b, g.b);
    t.put(schema::gemm::c, g.c);
    t.put(schema::gemm::a_row, g.a_row);
    t.put(schema::gemm::b_row, g.b_row);
    t.put(schema::gemm::c_row, g.c_row);
    t.put(schema::gemm::a_batch, g.a_batch);
    t.put(schema::gemm::b_batch, g.b_batch);
    t.put(schema::gemm::c_batch, g.c_batch);
    t.put(schema::gemm::a_transposed, std::int64_t{g.a_transposed});
    t.put(schema::gemm::b_transposed, std::int64_t{g.b_transposed});
}

/// Writes the plan as little-endian words (which must be zero); returns its size in bytes. What
/// lies beyond the capacity is counted, not written.
constexpr int encode(const module& m, const lamina::target& target, std::string_view network_name,
    std::uint32_t* words, int capacity_bytes) {
    using encoding::table_form;
    encoding::flat_writer w(words, capacity_bytes);
    const network& net = *m.net;

    const bool has_states = !m.states.empty();
    table_form<schema::plan> plan_form(m.constants ? schema::plan::count
            : has_states                           ? int{schema::plan::dims}
                                                   : int{schema::plan::states});
    for (int field : {schema::plan::dims, schema::plan::axes, schema::plan::shapes})
        plan_form.leave_out(field);
    if (!has_states)
        for (int field : {schema::plan::states, schema::plan::state_bytes, schema::plan::bounds})
            plan_form.leave_out(field);
    table_form<schema::tensor> tensor_form;
    // Fields that few parameters and weights have end the table: others have none of them listed.
    table_form<schema::parameter> parameter_form(schema::parameter::values), given_form;
    table_form<schema::fold> fold_form;
    table_form<schema::weight> weight_form(schema::weight::parts);
    table_form<schema::weight> transformed_form(schema::weight::parts);
    table_form<schema::weight> joined_form(schema::weight::values);
    table_form<schema::weight> joined_transformed_form(schema::weight::values);
    table_form<schema::weight> constant_form(schema::weight::bias),
        byte_form_(schema::weight::tf32);
    table_form<schema::weight> tf32_form(schema::weight::group),
        joined_tf32_form(schema::weight::group), group_form(schema::weight::constant), folded_form;
    table_form<schema::weight_part> part_form;
    table_form<schema::tactic> tactic_form(schema::tactic::cost);
    table_form<schema::tactic> needing_form(schema::tactic::cost);
    table_form<schema::tactic> gemm_tactic_form(schema::tactic::cost);
    table_form<schema::tactic> cost_form, needing_cost_form;
    table_form<schema::gemm> gemm_form;
    table_form<schema::kernel> kernel_form;
    table_form<schema::step> step_form;
    table_form<schema::binding> binding_form;
    plan_form.leave_out(schema::plan::prelude);
    plan_form.leave_out(schema::plan::segment);
    plan_form.leave_out(schema::plan::binaries);
    weight_form.leave_out(schema::weight::transform);
    joined_form.leave_out(schema::weight::transform);
    constant_form.leave_out(schema::weight::transform);
    constant_form.leave_out(schema::weight::parts);
    for (int field = schema::weight::transform; field < schema::weight::constant; ++field)
        folded_form.leave_out(field);
    byte_form_.leave_out(schema::weight::parts);
    byte_form_.leave_out(schema::weight::values);
    for (table_form<schema::weight>* form : {&tf32_form, &joined_tf32_form, &group_form})
        for (int field : {schema::weight::values, schema::weight::bias, schema::weight::input_scale,
                 schema::weight::input_zero_point})
            form->leave_out(field);
    tf32_form.leave_out(schema::weight::transform);
    joined_tf32_form.leave_out(schema::weight::transform);
    tf32_form.leave_out(schema::weight::parts);
    group_form.leave_out(schema::weight::parts);
    group_form.leave_out(schema::weight::tf32);
    tactic_form.leave_out(schema::tactic::needs);
    tactic_form.leave_out(schema::tactic::gemm);
    needing_form.leave_out(schema::tactic::gemm);
    cost_form.leave_out(schema::tactic::needs);
    cost_form.leave_out(schema::tactic::gemm);
    needing_cost_form.leave_out(schema::tactic::gemm);
    bool has_text = false;
    for (const kernel& k : m.kernels) has_text = has_text || k.source;
    if (!has_text) kernel_form.leave_out(schema::kernel::text);

    w.size = 8;  // root reference, file identifier
    for (int i = 0; i < 4; ++i) w.put8(4 + i, static_cast<unsigned char>("LAMP"[i]));
    const auto plan = w.table(plan_form);
    w.refer(0, plan.at);
    std::int64_t flops = 0;
    for (const launch& l : m.launches) flops += l.flops;
    plan.put(schema::plan::format, lamina::plan_format);
    plan.text(schema::plan::library, version_text);
    plan.text(schema::plan::network, network_name);
    plan.text(schema::plan::target, target.label());
    plan.put(schema::plan::precision, target.numbers.storage);
    plan.put(schema::plan::arena_bytes, m.arena_bytes);
    plan.put(schema::plan::weight_bytes, m.weight_bytes);
    plan.put(schema::plan::flops, flops);

    const auto dims_of = [&](const shape& dims) {
        const int extents[max_rank] = {dims.n, dims.c, dims.h, dims.w, dims.d4, dims.d5};
        return w.numbers(extents, dims.rank);
    };

    if (has_states) encode_states(w, plan, m);
    if (m.constants) plan.refer(schema::plan::constants, w.words(*m.constants));

    // Texts that are made here and shared.
    struct step_label {
        name first;
        text<240> layers;
    };
    dynamic_array<step_label> labels;
    labels.reserve(m.steps.size());
    dynamic_array<name> part_labels;
    for (const step& s : m.steps) {
        labels.push_back({name_of(s, net), layers_of(s, m)});
        for (const group_part& part : m.parts_of(s.row))
            part_labels.push_back(name_of(part.members, part.output, net));
    }

    // Bindings.
    const auto bind = [&](int list, int index, const name& called, const node& n) {
        const auto t = w.table_in(list, index, binding_form);
        t.text(schema::binding::name, called);
        t.put(schema::binding::type, n.type);
        t.refer(schema::binding::dims, dims_of(n.dims));
        t.put(schema::binding::tensor, -1);
    };
    int input_count = 0;
    for (const node& n : net.nodes) input_count += is_input(n.kind);
    int list = w.vector(input_count, 4, 4);
    plan.refer(schema::plan::inputs, list);
    int k = 0;
    for (const node& n : net.nodes)
        if (is_input(n.kind)) bind(list, k++, n.at, n);
    list = w.vector(static_cast<int>(net.outputs.size()), 4, 4);
    plan.refer(schema::plan::outputs, list);
    k = 0;
    for (const output_binding& o : net.outputs) bind(list, k++, o.at, net.nodes[at(o.node)]);

    // Tensors: one for each step's output that is a whole value or one half of its batch; of volumes halves have none,
    // which may begin at any slice.
    dynamic_array<int> tensor_of(m.steps.size(), -1);
    int tensor_count = 0;
    for (std::size_t i = 0; i < m.steps.size(); ++i) {
        const step& s = m.steps[i];
        if (s.is_copy || s.output.shift || (s.of_half && is_volume(net.nodes[at(s.node)].dims)))
            continue;
        tensor_of[i] = tensor_count;
        const int parts = static_cast<int>(m.parts_of(s.row).size());
        tensor_count += parts ? parts : 1 + static_cast<int>(s.further.size());
    }
    dynamic_array<int> own_numbers;
    if (!m.numbers) own_numbers = structural_numbers(net);
    const dynamic_array<int>& numbers = m.numbers ? *m.numbers : own_numbers;
    const auto write_tensor = [&](int tensors, const name& label, int node, view seen) {
        const shape& own = net.nodes[at(node)].dims;
        if (is_volume(own) && seen.dims.rank == 4) seen = as_volume(seen, own);
        const storage& place = m.storages[at(seen.storage)];
        const auto t = w.table_in(tensors, k++, tensor_form);
        t.text(schema::tensor::name, label);
        t.put(schema::tensor::node, numbers[at(node)]);
        t.put(schema::tensor::type, seen.type);
        t.refer(schema::tensor::dims, dims_of(seen.dims));
        t.refer(schema::tensor::strides, w.numbers(seen.lay.stride, max_rank));
        t.put(schema::tensor::block, seen.lay.block);
        t.put(schema::tensor::space, place.space);
        t.put(schema::tensor::index, place.index);
        t.put(schema::tensor::offset,
            place.offset + seen.offset * static_cast<int>(size_bytes(seen.type)));
    };
    list = w.vector(tensor_count, 4, 4);
    plan.refer(schema::plan::tensors, list);
    k = 0;
    std::size_t next_part = 0;
    for (std::size_t i = 0; i < m.steps.size(); ++i) {
        if (tensor_of[i] < 0) continue;
        const step& s = m.steps[i];
        for (const group_part& part : m.parts_of(s.row))
            write_tensor(list, part_labels[next_part++], part.output, part.seen);
        if (s.row < 0) write_tensor(list, labels[i].first, s.node, s.output);
        for (const further_output& also : s.further)
            write_tensor(list, labels[i].first, also.node, also.seen);
    }

    // What the weights file must hold.
    list = w.vector(static_cast<int>(net.parameters.size()), 4, 4);
    plan.refer(schema::plan::parameters, list);
    k = 0;
    for (const parameter& p : net.parameters) {
        const auto t = w.table_in(list, k++, p.is_given ? given_form : parameter_form);
        t.refer(schema::parameter::name, w.unique_string(p.at));
        t.refer(schema::parameter::dims, dims_of(p.dims));
        if (p.is_given) {
            const int bits[] = {__builtin_bit_cast(int, p.value)};
            t.refer(schema::parameter::values, w.numbers(bits, 1));
        }
    }
    list = w.vector(static_cast<int>(m.weights.size()), 4, 4);
    plan.refer(schema::plan::weights, list);
    k = 0;
    const auto refer_folds
        = [&](const encoding::open_table& from, int field, const fold_range& folds) {
              const int written = w.vector(folds.count, 4, 4);
              from.refer(field, written);
              for (int f = 0; f < folds.count; ++f) {
                  const fold_recipe& fold = m.folds[at(folds.first + f)];
                  const auto each = w.table_in(written, f, fold_form);
                  each.put(schema::fold::weight, fold.weight);
                  each.put(schema::fold::bias, fold.bias);
                  each.put(schema::fold::mean, fold.mean);
                  each.put(schema::fold::variance, fold.variance);
                  each.put_float(schema::fold::eps, fold.eps);
              }
          };
    for (const weight_recipe& r : m.weights) {
        const bool joins = r.parts.count;
        const int folded = r.constant < 0 ? 0 : net.nodes[at(r.constant)].attr.kind;
        const bool is_folded = folded > 0;
        const auto t = w.table_in(list, k++,
            is_folded                           ? folded_form
                : r.constant >= 0               ? constant_form
                : r.bytes_of != byte_form::none ? byte_form_
                : r.groups.bits                 ? group_form
                : r.tf32                        ? (joins ? joined_tf32_form : tf32_form)
                : joins ? (r.winograd ? joined_transformed_form : joined_form)
                        : (r.winograd ? transformed_form : weight_form));
        if (is_folded) {
            t.put(schema::weight::constant, folded);
        } else if (r.constant >= 0) {
            const dynamic_array<int>& numbers_of = net.nodes[at(r.constant)].numbers;
            t.refer(
                schema::weight::values, w.numbers(numbers_of, static_cast<int>(numbers_of.size())));
        }
        if (r.winograd)
            t.text(schema::weight::transform,
                r.winograd == 2       ? "winograd_2_3"
                    : r.winograd == 4 ? "winograd_4_3"
                                      : "winograd_6_3");
        if (r.bytes_of != byte_form::none) {
            t.text(schema::weight::transform, to_text(r.bytes_of));
            t.put(schema::weight::bias, r.bias);
            t.put(schema::weight::input_scale, r.input_scale);
            t.put(schema::weight::input_zero_point, r.input_zero);
        }
        if (r.groups.bits) {
            t.text(schema::weight::transform, detail::transform_of(r.groups, r.part));
            t.put(schema::weight::group, r.groups.group);
        }
        if (r.tf32) t.put(schema::weight::tf32, 1);
        t.put(schema::weight::source, r.source);
        t.put(schema::weight::role, r.shifts);
        t.put(schema::weight::axis, r.axis);
        refer_folds(t, schema::weight::folds, r.folds);
        if (joins) {
            const int parts = w.vector(r.parts.count, 4, 4);
            t.refer(schema::weight::parts, parts);
            for (int p = 0; p < r.parts.count; ++p) {
                const recipe_part& part = m.recipe_parts[at(r.parts.first + p)];
                const auto each = w.table_in(parts, p, part_form);
                each.put(schema::weight_part::source, part.source);
                each.put(schema::weight_part::first, part.first);
                refer_folds(each, schema::weight_part::folds, part.folds);
            }
        }
        t.refer(schema::weight::dims, dims_of(r.dims));
        t.refer(schema::weight::inner, w.numbers(r.inner, r.dims.rank));
        t.refer(schema::weight::order, w.bytes(r.order, r.order_size));
        t.put(schema::weight::type, r.type);
        t.put(schema::weight::offset, r.offset);
        t.put(schema::weight::bytes, r.bytes);
    }

    // Kernels.
    list = w.vector(static_cast<int>(m.tactics.size()), 4, 4);
    plan.refer(schema::plan::tactics, list);
    k = 0;
    for (const tactic& tac : m.tactics) {
        const bool needs = tac.needs != ability::none, costs = tac.cost.count;
        const auto t = w.table_in(list, k++,
            tac.gemm >= 0 ? gemm_tactic_form
                : needs   ? costs ? needing_cost_form : needing_form
                : costs   ? cost_form
                          : tactic_form);
        if (needs) t.text(schema::tactic::needs, to_text(tac.needs));
        t.text(schema::tactic::name, tac.label);
        t.text(schema::tactic::defines, tac.defines);
        t.refer(schema::tactic::tile, w.numbers(tac.tile, 3));
        t.refer(schema::tactic::local, w.numbers(tac.local, 3));
        t.put(schema::tactic::local_bytes, tac.local_bytes);
        if (tac.gemm >= 0)
            encode_gemm(w, t, gemm_form, m.gemms[at(tac.gemm)]);
        else if (costs)
            t.refer(schema::tactic::cost, w.numbers(tac.cost.numbers, tac.cost.count));
    }
    list = w.vector(static_cast<int>(m.kernels.size()), 4, 4);
    plan.refer(schema::plan::kernels, list);
    k = 0;
    for (const kernel& kern : m.kernels) {
        const auto t = w.table_in(list, k++, kernel_form);
        t.text(schema::kernel::family, kern.family);
        t.refer(schema::kernel::defines, w.open_text());
        render(kern.defines, w);
        w.close_text();
        if (has_text) t.text(schema::kernel::text, kern.source ? kern.source : "");
        t.refer(schema::kernel::tactics,
            w.numbers(kern.tactics, static_cast<int>(kern.tactics.size())));
    }

    // Steps.
    const schema::struct_form<schema::argument> form;
    list = w.vector(static_cast<int>(m.launches.size()), 4, 4);
    plan.refer(schema::plan::steps, list);
    for (int i = 0; i < static_cast<int>(m.launches.size()); ++i) {
        const launch& l = m.launches[at(i)];
        const step& s = m.steps[at(i)];
        const auto t = w.table_in(list, i, step_form);
        t.text(schema::step::name, labels[at(i)].first);
        t.text(schema::step::layers, labels[at(i)].layers);
        t.put(schema::step::kernel, l.kernel);
        t.put(schema::step::tactic, l.tactic);
        t.refer(schema::step::extents, w.numbers(l.extents, 3));
        const int args = w.vector(static_cast<int>(l.arguments.size()), form.bytes, form.alignment);
        t.refer(schema::step::arguments, args);
        for (int a = 0; a < static_cast<int>(l.arguments.size()); ++a) {
            const argument& arg = l.arguments[at(a)];
            // A weights tensor that is read as a value lies where its recipe packs it.
            int packed = arg.space == memory_space::weights ? arg.storage : -1;
            const storage* place = packed < 0 ? &m.storages[at(arg.storage)] : nullptr;
            if (place && place->space == memory_space::weights) packed = place->index;
            const std::int64_t start = packed < 0 ? place->offset : m.weights[at(packed)].offset;
            const auto each = w.struct_in(args, a, form);
            each.put(schema::argument::offset,
                start + arg.offset * static_cast<int>(size_bytes(arg.type)));
            if (packed < 0) each.put(schema::argument::index, place->index);
            each.put(schema::argument::space, packed < 0 ? place->space : memory_space::weights);
            each.put(schema::argument::type, arg.type);
        }
        t.refer(schema::step::numbers, w.numbers(l.numbers, static_cast<int>(l.numbers.size())));
        t.put(schema::step::output, tensor_of[at(i)]);
        t.put(schema::step::flops, l.flops);
        t.put(schema::step::bytes, traffic_of(s, l, m));
    }
    w.write_texts();
    w.align(8);
    return w.size;
}

}  // namespace lamina::planner
