// SPDX-License-Identifier: Apache-2.0
// The reference: computes a network on the CPU, node by node, simply and slowly. Plans on all devices are
// compared with it.
#pragma once
#include <lamina/core/error.hpp>
#include <lamina/graph/walk.hpp>
#include <lamina/reference/rows.hpp>
#include <lamina/reference/value.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamina {

/// A network's inputs by name.
using reference_inputs = std::map<std::string, reference_tensor, std::less<>>;

/// Returns a weights tensor's elements by its full name, empty if there is none. The `reference` keeps a
/// copy of the function; the elements must outlive it.
using weights_lookup = std::function<std::span<const float>(std::string_view)>;

/// Runs a network on the CPU. Sums are in doubles, each node's result is rounded to floats once.
///
/// Errors   LAM-R04 a weights tensor is missing; LAM-R06 it has another number of elements;
///          LAM-R18, LAM-R19, LAM-R20 an input is missing, misshapen or of another element type;
///          LAM-R24 a custom layer has no reference function.
/// Cost     about 4 GFLOP/s on one core: two seconds per image for ResNet-50.
class reference {
public:
    /// Looks up all weights. The network must outlive the reference.
    reference(const network& net, weights_lookup find) : net_(&net), find_(std::move(find)) {
        for (const parameter& wanted : net.parameters) {
            const std::span<const float> values = find_(wanted.at.view());
            const std::string at(wanted.at.view());
            if (values.empty() && !wanted.dims.is_empty())
                throw error(errc::tensor_missing, at,
                    "the weights have no tensor '" + at + "', the network needs it as "
                        + to_text(wanted.dims).c_str() + "; check the name in the network");
            if (values.size() != static_cast<std::size_t>(wanted.dims.count()))
                throw error(errc::tensor_shape, at,
                    "the tensor '" + at + "' has " + std::to_string(values.size())
                        + " elements, the network needs " + to_text(wanted.dims).c_str()
                        + "; check the layer's options");
            weights_.push_back(values);
        }
    }

    /// Every node's value, at the node's index in network::nodes.
    std::vector<reference_tensor> run(const reference_inputs& inputs) const {
        return run(inputs, nullptr);
    }

    /// The same with the error bounds of a plan's results (arithmetic_of(plan)): each value carries
    /// its spreads, for check_bound and compare_steps.
    /// Cost     about three times the time.
    std::vector<reference_tensor> run(
        const reference_inputs& inputs, const arithmetic& bounded) const {
        return run(inputs, &bounded);
    }

    const network& net() const { return *net_; }

    /// The value of the network's output of that name, from the values that run() returned.
    /// Errors   LAM-R21.
    const reference_tensor& output(
        const std::vector<reference_tensor>& values, std::string_view name) const {
        for (const output_binding& out : net_->outputs)
            if (out.at.view() == name) return values[static_cast<std::size_t>(out.node)];
        throw error(errc::output_missing, std::string(name),
            "the network has no output '" + std::string(name)
                + "'; ask for one that its define() names");
    }

private:
    const network* net_;
    weights_lookup find_;
    std::vector<std::span<const float>> weights_;

    std::vector<reference_tensor> run(
        const reference_inputs& inputs, const arithmetic* bounded) const {
        std::vector<reference_tensor> values;
        values.reserve(net_->nodes.size());
        for (std::size_t id = 0; id < net_->nodes.size();) {
            const node& n = net_->nodes[id];
            const auto count = static_cast<std::size_t>(count_outputs(*net_, static_cast<int>(id)));
            if (is_input(n.kind))
                values.push_back(input(n, inputs));
            else
                for (std::size_t k = 0; k < count; ++k)
                    values.emplace_back(net_->nodes[id + k].dims, net_->nodes[id + k].type);
            const reference_op::operands in = operands_of(n, values);
            const reference_op::outputs out(&values[id], count);
            if (!is_input(n.kind)) reference_op::compute(n, in, out);
            if (bounded) reference_op::spread(n, in, *bounded, out);
            id += count;
        }
        return values;
    }

    static const reference_tensor& input(const node& n, const reference_inputs& inputs) {
        const std::string at(n.at.view());
        const auto found = inputs.find(at);
        if (found == inputs.end())
            throw error(errc::input_missing, at,
                "the input '" + at + "' was not given, the network needs it as "
                    + to_text(n.dims).c_str() + "; pass it by that name");
        const reference_tensor& given = found->second;
        if (given.type != n.type)
            throw error(errc::input_dtype, at,
                "the input '" + at + "' is " + std::string(to_text(given.type))
                    + ", the network takes " + std::string(to_text(n.type))
                    + "; convert it before");
        const std::size_t count = given.size();
        if (!(given.dims == n.dims) || count != static_cast<std::size_t>(n.dims.count()))
            throw error(errc::input_shape, at,
                "the input '" + at + "' is " + to_text(given.dims).c_str() + " with "
                    + std::to_string(count) + " elements, the network takes "
                    + to_text(n.dims).c_str() + "; reshape it or change the network's input()");
        return given;
    }

    reference_op::operands operands_of(
        const node& n, const std::vector<reference_tensor>& values) const {
        reference_op::operands in;
        for (int id : n.inputs) in.inputs.push_back(&values[static_cast<std::size_t>(id)]);
        for (std::size_t slot = 0; slot < parameter_slots; ++slot)
            if (const int index = n.parameters[slot]; index >= 0) {
                in.weights[slot] = weights_[static_cast<std::size_t>(index)];
                in.weight_dims[slot] = net_->parameters[static_cast<std::size_t>(index)].dims;
            }
        return in;
    }
};

}  // namespace lamina
