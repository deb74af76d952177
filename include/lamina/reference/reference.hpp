// SPDX-License-Identifier: Apache-2.0
// The reference: computes a network on the CPU, node by node, simply and slowly. Plans on all devices are
// compared with it.
#pragma once
#include <lamina/core/error.hpp>
#include <lamina/core/linkage.hpp>
#include <lamina/reference/plan_arithmetic.hpp>
#include <lamina/reference/value.hpp>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamina {

/// A network's inputs by name; states as well, which are zeros where they are not given.
using reference_inputs = std::map<std::string, reference_tensor, std::less<>>;

/// What a lookup knows of a weights tensor: its elements, and its extents where it has them.
struct found_weights : std::span<const float> {
    std::optional<shape> dims;
    bool are_rounded = false;  ///< they are what numbers of 4 or 8 bits in the file stand for
    found_weights() = default;
    found_weights(std::span<const float> elements) : std::span<const float>(elements) {}
    found_weights(std::span<const float> elements, const shape& extents)
        : std::span<const float>(elements), dims(extents) {}
};

/// Returns a weights tensor by its full name, without elements if there is none. The `reference` keeps a
/// copy of the function; the elements must outlive it.
using weights_lookup = std::function<found_weights(std::string_view)>;

/// Runs a network on the CPU. Sums are in doubles, each node's result is rounded to floats once.
///
/// Errors   LAM-R04 a weights tensor is missing; LAM-R06 it has other extents, or another number
///          of elements where the lookup knows no extents;
///          LAM-R18, LAM-R19, LAM-R20 an input is missing, misshapen or of another element type;
///          LAM-R24 a custom layer has no reference function.
/// Cost     about 4 GFLOP/s on one core: two seconds per image for ResNet-50.
class reference {
public:
    /// Looks up all weights. The network must outlive the reference.
    reference(const network& net, weights_lookup find);

    /// Every node's value, at the node's index in network::nodes.
    std::vector<reference_tensor> run(const reference_inputs& inputs) const {
        return run(inputs, nullptr);
    }

    /// The same with the error bounds of a plan's results, arithmetic_of(plan, net()): each value
    /// carries its spreads, for check_bound and compare_steps.
    /// Cost     about three times the time.
    std::vector<reference_tensor> run(
        const reference_inputs& inputs, const plan_arithmetic& bounded) const {
        return run(inputs, &bounded);
    }

    const network& net() const { return *net_; }

    /// The value of the network's output of that name, from the values that run() returned.
    /// Errors   LAM-R21.
    const reference_tensor& output(
        const std::vector<reference_tensor>& values, std::string_view name) const;

    /// What a state holds after the run: give it as an input of that name to the next one.
    /// Errors   LAM-R26.
    const reference_tensor& state(
        const std::vector<reference_tensor>& values, std::string_view name) const;

private:
    const network* net_;
    weights_lookup find_;
    std::vector<found_weights> weights_;

    std::vector<reference_tensor> run(
        const reference_inputs& inputs, const plan_arithmetic* bounded) const;
    static const reference_tensor& input(const node& n, const reference_inputs& inputs);
    reference_op::operands operands_of(
        const node& n, const std::vector<reference_tensor>& values) const;
    /// The operands with what converting them to the step's storage adds to their spreads.
    static reference_op::operands as_read(const node& n, reference_op::operands in,
        const arithmetic& by, const plan_arithmetic& all, std::deque<reference_tensor>& converted);
};

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/reference/reference.impl.hpp>
#endif
