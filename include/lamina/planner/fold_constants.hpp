// SPDX-License-Identifier: Apache-2.0
// Constant folding: what no input and no state reaches is computed once, when an engine is made. The pass cuts a
// network in two before all stages: a constant part without inputs, and the rest, which has that part's outputs
// as constants. whole_plan.hpp plans both.
#pragma once
#include <lamina/graph/numbering.hpp>
#include <lamina/graph/walk.hpp>
#include <lamina/planner/check.hpp>

#include <lamina/core/dynamic_array.hpp>

#include <cstdint>

namespace lamina::planner {

/// Memory that folded values take together, where the parameters are small: beyond it they are computed in
/// every run.
inline constexpr std::int64_t folded_bytes_limit = std::int64_t{16} << 20;

/// What was cut off a network.
struct constant_part {
    network net;  ///< no inputs; empty: there is nothing to compute once
    dynamic_array<int>
        numbers;  ///< per node of the whole network: its structural number before the cut
    constexpr bool is_empty() const { return net.nodes.empty(); }
};

/// Decides which nodes are computed once.
class constant_finder {
public:
    explicit constexpr constant_finder(const network& net)
        : net_(net), is_constant_(net.nodes.size(), false), works_(net.nodes.size(), false) {}

    dynamic_array<char> runs;       ///< per node: the rest computes it
    dynamic_array<char> is_folded;  ///< per node: the rest has it as a constant
    int count = 0;                  ///< of folded ones

    constexpr void run() {
        bool any = false;
        for (std::size_t id = 0; id < net_.nodes.size(); ++id) {
            is_constant_[id] = is_constant(id);
            if (!is_constant_[id]) continue;
            const node& n = net_.nodes[id];
            works_[id] = is_work(n);
            for (const int input : n.inputs)
                works_[id] = works_[id] || works_[static_cast<std::size_t>(input)];
            any = any || works_[id];
        }
        if (!any) return;
        runs.assign(net_.nodes.size(), false);
        is_folded.assign(net_.nodes.size(), false);
        dynamic_array<char> is_read(net_.nodes.size(), false);
        for (const output_binding& out : net_.outputs)
            is_read[static_cast<std::size_t>(out.node)] = true;
        std::int64_t left = most_bytes();
        for (std::size_t id = net_.nodes.size(); id-- > 0;) {
            const node& n = net_.nodes[id];
            if (is_constant_[id] && !is_read[id]) continue;
            if (is_constant_[id] && works_[id]) {
                const std::int64_t bytes
                    = n.dims.count() * static_cast<std::int64_t>(size_bytes(n.type));
                if (bytes <= left && count < static_cast<int>(max_outputs)) {
                    left -= bytes;
                    is_folded[id] = true;
                    ++count;
                    continue;
                }
            }
            runs[id] = true;
            for (const int input : n.inputs) is_read[static_cast<std::size_t>(input)] = true;
        }
    }

private:
    const network& net_;
    dynamic_array<char> is_constant_;  ///< per node: neither inputs nor states reach it
    dynamic_array<char> works_;  ///< per node: steps compute it, it is no mere view of weights

    /// As much as half of the parameters, or the limit where that is more.
    constexpr std::int64_t most_bytes() const {
        std::int64_t numbers = 0;
        for (const parameter& p : net_.parameters) numbers += p.dims.count();
        const std::int64_t half = numbers * 4 / 2;
        return half < folded_bytes_limit ? folded_bytes_limit : half;
    }
    /// Steps of several outputs stay in the run, as do numbers of 8 bits, which other stages recognise.
    constexpr bool is_constant(std::size_t id) const {
        const node& n = net_.nodes[id];
        const op_traits& traits = traits_of(n);
        if (traits.is_given) return traits.is_fixed;
        if (!traits.is_fixed || traits.in_place || n.multiplies_bytes || n.dims.is_empty()
            || (n.type != dtype::f32 && n.type != dtype::i32 && n.type != dtype::boolean)
            || count_outputs(net_, static_cast<int>(id)) > 1)
            return false;
        for (const int input : n.inputs)
            if (!is_constant_[static_cast<std::size_t>(input)]) return false;
        return true;
    }
    /// A slice, reshape or permute of weights costs nothing, nor does one number everywhere.
    static constexpr bool is_work(const node& n) {
        const op_traits& traits = traits_of(n);
        return !traits.is_given && traits.chain != chain_form::constant
            && (traits.view == view_rule::none || traits.view == view_rule::concat);
    }
};

/// The node of `net` with the same numbers as a constant; -1: none. Blocks of a network often have one table each.
constexpr int find_constant(const network& net, const node& wanted) {
    const std::size_t count = wanted.numbers.size();
    for (std::size_t id = 0; id < net.nodes.size(); ++id) {
        const node& n = net.nodes[id];
        if (n.kind != op::constant || n.type != wanted.type || !(n.dims == wanted.dims)) continue;
        const int *const a = n.numbers.data(), *const b = wanted.numbers.data();
        std::size_t same = 0;
        while (same < count && a[same] == b[same]) ++same;
        if (same == count) return static_cast<int>(id);
    }
    return -1;
}

/// The nodes that the folded ones are made of, which are its outputs, and the parameters that these read.
constexpr network copy_constants(const network& net, const constant_finder& found) {
    const std::size_t count = net.nodes.size();
    dynamic_array<char> is_wanted(count, false);
    for (std::size_t id = count; id-- > 0;) {
        is_wanted[id] = is_wanted[id] || found.is_folded[id];
        if (!is_wanted[id]) continue;
        for (const int input : net.nodes[id].inputs)
            is_wanted[static_cast<std::size_t>(input)] = true;
    }
    network out;
    dynamic_array<int> ids(count, -1), parameters(net.parameters.size(), -1);
    for (std::size_t id = 0; id < count; ++id) {
        if (!is_wanted[id]) continue;
        if (net.nodes[id].kind == op::constant)
            if (const int same = find_constant(out, net.nodes[id]); same >= 0) {
                ids[id] = same;
                continue;
            }
        ids[id] = static_cast<int>(out.nodes.size());
        out.nodes.push_back(net.nodes[id]);
        node& made = out.nodes.back();
        for (int& input : made.inputs) input = ids[static_cast<std::size_t>(input)];
        for (int& slot : made.parameters) {
            if (slot < 0) continue;
            int& known = parameters[static_cast<std::size_t>(slot)];
            if (known < 0) {
                known = static_cast<int>(out.parameters.size());
                out.parameters.push_back(net.parameters[static_cast<std::size_t>(slot)]);
                out.parameters.back().node = ids[id];
            }
            slot = known;
        }
        if (found.is_folded[id])
            out.outputs.push_back(
                {name("constant", static_cast<int>(out.outputs.size()) + 1), ids[id], made.line});
    }
    return out;
}

/// Cuts a checked network, in place: folded nodes become constants, and what only they read is empty. All
/// parameters stay, as a weights file is checked against them. Networks with dims stay whole: their plans for several
/// shapes share packed weights, and a folded value may have an extent that changes.
constexpr constant_part fold_constants(network& net) {
    constant_part out;
    if (!net.ranges.empty()) return out;
    constant_finder found(net);
    found.run();
    if (!found.count) return out;
    out.net = copy_constants(net, found);
    out.numbers = structural_numbers(net);
    int folded = 0;
    for (std::size_t id = 0; id < net.nodes.size(); ++id) {
        if (found.runs[id]) continue;
        node& n = net.nodes[id];
        n.kind = op::constant;
        n.attr = {};
        n.inputs.clear();
        n.numbers.clear();
        for (int& slot : n.parameters) slot = -1;
        if (found.is_folded[id])
            n.attr.kind = ++folded;
        else
            n.dims = {0};
    }
    return out;
}

}  // namespace lamina::planner
