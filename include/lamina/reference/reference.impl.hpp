// SPDX-License-Identifier: Apache-2.0
// How the reference computes. Included by reference.hpp, or compiled into Lamina::compiled.
#pragma once
#include <lamina/core/error.hpp>
#include <lamina/graph/walk.hpp>
#include <lamina/reference/reference.hpp>
#include <lamina/reference/rows.hpp>

#include <cmath>
#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamina {

LAMINA_INLINE reference::reference(const network& net, weights_lookup find)
    : net_(&net), find_(std::move(find)) {
    for (const parameter& wanted : net.parameters) {
        if (wanted.is_given) {
            weights_.push_back(std::span(&wanted.value, 1));
            continue;
        }
        const found_weights values = find_(wanted.at.view());
        const std::string at(wanted.at.view());
        if (values.empty() && !wanted.dims.is_empty())
            throw error(errc::tensor_missing, at,
                "the weights have no tensor '" + at + "', the network needs it as "
                    + to_text(wanted.dims).c_str() + "; check the name in the network");
        if (values.dims && !(*values.dims == wanted.dims))
            throw error(errc::tensor_shape, at,
                "the tensor '" + at + "' is " + to_text(*values.dims).c_str()
                    + ", the network needs " + to_text(wanted.dims).c_str()
                    + "; check the layer's sizes against the exported model");
        if (values.size() != static_cast<std::size_t>(wanted.dims.count()))
            throw error(errc::tensor_shape, at,
                "the tensor '" + at + "' has " + std::to_string(values.size())
                    + " elements, the network needs " + to_text(wanted.dims).c_str()
                    + "; check the layer's options");
        weights_.push_back(values);
    }
}

LAMINA_INLINE const reference_tensor& reference::output(
    const std::vector<reference_tensor>& values, std::string_view name) const {
    for (const output_binding& out : net_->outputs)
        if (out.at.view() == name) return values[static_cast<std::size_t>(out.node)];
    throw error(errc::output_missing, std::string(name),
        "the network has no output '" + std::string(name)
            + "'; ask for one that its define() names");
}

LAMINA_INLINE const reference_tensor& reference::state(
    const std::vector<reference_tensor>& values, std::string_view name) const {
    const reference_tensor* found = nullptr;
    for (std::size_t id = 0; id < net_->nodes.size(); ++id) {
        const node& n = net_->nodes[id];
        if ((is_state(n.kind) || traits_of(n).in_place) && n.at.view() == name)
            found = &values[id];  // the last update is the last one of that name
    }
    if (found) return *found;
    throw error(errc::state, std::string(name),
        "the network has no state '" + std::string(name)
            + "'; ask for one that its define() declares");
}

LAMINA_INLINE std::vector<reference_tensor> reference::run(
    const reference_inputs& inputs, const plan_arithmetic* bounded) const {
    std::vector<reference_tensor> values;
    values.reserve(net_->nodes.size());
    for (std::size_t id = 0; id < net_->nodes.size();) {
        const node& n = net_->nodes[id];
        const auto count = static_cast<std::size_t>(count_outputs(*net_, static_cast<int>(id)));
        if (is_input(n.kind) || (is_state(n.kind) && inputs.contains(n.at.view())))
            values.push_back(input(n, inputs));
        else
            for (std::size_t k = 0; k < count; ++k)
                values.emplace_back(net_->nodes[id + k].dims, net_->nodes[id + k].type);
        const reference_op::operands in = operands_of(n, values);
        const reference_op::outputs out(&values[id], count);
        if (!is_input(n.kind)) reference_op::compute(n, in, out);
        if (bounded) {
            std::deque<reference_tensor> converted;
            reference_op::spread(
                n, as_read(n, in, bounded->at(id), *bounded, converted), bounded->at(id), out);
        }
        id += count;
    }
    return values;
}

LAMINA_INLINE reference_op::operands reference::as_read(const node& n, reference_op::operands in,
    const arithmetic& by, const plan_arithmetic& all, std::deque<reference_tensor>& converted) {
    if (all.nodes.empty() || !is_narrow(by.storage)) return in;
    for (std::size_t k = 0; k < in.inputs.size(); ++k) {
        const reference_tensor& x = *in.inputs[k];
        if (x.type != dtype::f32 || all.at(n.inputs[k]).stored_as() == by.storage) continue;
        reference_tensor& made = converted.emplace_back(x);
        for (std::size_t i = 0; i < made.values.size(); ++i)
            made.spread[i] = reference_op::kept_spread(std::hypot(static_cast<double>(x.spread[i]),
                arithmetic::rounded_to(
                    by.storage, reference_op::size_of(static_cast<double>(x.values[i])))));
        in.inputs[k] = &made;
    }
    return in;
}

LAMINA_INLINE const reference_tensor& reference::input(
    const node& n, const reference_inputs& inputs) {
    const std::string at(n.at.view());
    const auto found = inputs.find(at);
    if (found == inputs.end())
        throw error(errc::input_missing, at,
            "the input '" + at + "' was not given, the network needs it as "
                + to_text(n.dims).c_str() + "; pass it by that name");
    const reference_tensor& given = found->second;
    if (given.type != n.type)
        throw error(errc::input_dtype, at,
            "the input '" + at + "' is " + std::string(to_text(given.type)) + ", the network takes "
                + std::string(to_text(n.type)) + "; convert it before");
    const std::size_t count = given.size();
    if (!(given.dims == n.dims) || count != static_cast<std::size_t>(n.dims.count()))
        throw error(errc::input_shape, at,
            "the input '" + at + "' is " + to_text(given.dims).c_str() + " with "
                + std::to_string(count) + " elements, the network takes " + to_text(n.dims).c_str()
                + "; reshape it or change the network's input()");
    return given;
}

LAMINA_INLINE reference_op::operands reference::operands_of(
    const node& n, const std::vector<reference_tensor>& values) const {
    reference_op::operands in;
    for (int id : n.inputs) in.inputs.push_back(&values[static_cast<std::size_t>(id)]);
    for (std::size_t slot = 0; slot < parameter_slots; ++slot)
        if (const int index = n.parameters[slot]; index >= 0) {
            in.weights[slot] = weights_[static_cast<std::size_t>(index)];
            if (slot == weight_slot)
                in.are_rounded = weights_[static_cast<std::size_t>(index)].are_rounded;
            in.weight_dims[slot] = net_->parameters[static_cast<std::size_t>(index)].dims;
        }
    return in;
}

}  // namespace lamina
