// SPDX-License-Identifier: Apache-2.0
// The arithmetic of each node of a network in a plan: layers that the network keeps in another precision
// (network::keep) are judged by theirs. Used by reference::run and compare_steps.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <lamina/graph/network.hpp>
#include <lamina/graph/numbering.hpp>
#include <lamina/graph/walk.hpp>
#include <lamina/plan/precision.hpp>
#include <lamina/reference/bound.hpp>

namespace lamina {

/// Of all nodes, or of each.
struct plan_arithmetic {
    arithmetic all;
    std::vector<arithmetic> nodes;  ///< by id; empty: all of them have `all`

    plan_arithmetic(const arithmetic& same) : all(same) {}
    const arithmetic& at(std::size_t node) const { return nodes.empty() ? all : nodes[node]; }
    const arithmetic& at(int node) const { return at(static_cast<std::size_t>(node)); }
    bool operator==(const plan_arithmetic&) const = default;
};

namespace detail {

/// True if a plan's kernels of fp32 may round factors to 11 bits.
inline bool rounds_products(const plan_records& plan) {
    for (const plan_kernel& k : plan.kernels)
        for (const std::uint32_t t : k.tactics)
            if (t < plan.tactics.size() && plan.tactics[t].needs == to_text(ability::mma)
                && storage_of(k) == dtype::f32)
                return true;
    return false;
}

/// Finds the arithmetic of nodes: which of them make up a step, what it reads and what it stores.
class find_arithmetic {
public:
    find_arithmetic(const network& net, plan_arithmetic& out)
        : net_(net), out_(out.nodes), all_(out.all), written_(net.nodes.size(), dtype::other),
          is_known_(net.nodes.size(), false), users_(count_users(net)) {}

    void run(const plan_records& plan) {
        out_.assign(net_.nodes.size(), all_);
        find_written(plan);
        for (std::size_t id = net_.nodes.size(); id-- > 0;)
            if (!is_known_[id] && !is_view(node_of(id).kind)) end_in(id);
        for (std::size_t id = 0; id < net_.nodes.size(); ++id)
            if (is_view(node_of(id).kind)) see(id);
    }

private:
    const network& net_;
    std::vector<lamina::arithmetic>& out_;
    const lamina::arithmetic all_;
    std::vector<dtype> written_;  ///< per node: as what its step stores it
    std::vector<char> is_known_;
    dynamic_array<int> users_;

    const node& node_of(std::size_t id) const { return net_.nodes[id]; }

    void find_written(const plan_records& plan) {
        // A plan made by the compiler may number nodes in another order than this run's definition.
        std::vector<int> nodes(net_.nodes.size());
        const auto numbers = structural_numbers(net_);
        for (std::size_t id = 0; id < numbers.size(); ++id)
            nodes[static_cast<std::size_t>(numbers[id])] = static_cast<int>(id);
        for (const plan_tensor& t : plan.tensors) {
            const auto number = static_cast<std::size_t>(t.node);
            if (t.node < 0 || number >= nodes.size()) continue;  // of another network
            written_[static_cast<std::size_t>(nodes[number])] = t.type;
        }
    }

    /// The nodes of a step that ends in `last`. They have the type that one of them keeps.
    void end_in(std::size_t last) {
        if (is_given(node_of(last).kind)) {
            // Callers give floats, which steps of 16 bits round when they read them.
            out_[last] = is_input(node_of(last).kind) ? lamina::arithmetic{}
                                                      : by_storage(node_of(last).kept);
            return;
        }
        std::vector<std::size_t> members{last};
        dtype kept = dtype::other;
        for (std::size_t k = 0; k < members.size(); ++k) {
            const node& n = node_of(members[k]);
            if (kept == dtype::other) kept = n.kept;
            is_known_[members[k]] = true;
            for (const int input : n.inputs) {
                const auto id = static_cast<std::size_t>(input);
                if (is_known_[id] || is_view(node_of(id).kind) || is_given(node_of(id).kind)
                    || written_[id] != dtype::other || users_[id] != 1)
                    continue;
                members.push_back(id);
            }
        }
        for (const std::size_t id : members) out_[id] = by_storage(kept);
        if (is_floating(written_[last])) out_[last].result = written_[last];
    }

    lamina::arithmetic by_storage(dtype kept) const {
        lamina::arithmetic out = all_;
        if (kept == dtype::other) return out;
        out.storage = kept;
        out.rounds_products = false;
        return out;
    }

    /// Views pass 16 bits on. Floats become the plan's type, unless only steps of floats read them.
    void see(std::size_t id) {
        const auto& inputs = node_of(id).inputs;
        if (inputs.empty()) return;
        const dtype first = out_[static_cast<std::size_t>(inputs[0])].stored_as();
        bool is_one = true;
        for (const int input : inputs)
            is_one = is_one && out_[static_cast<std::size_t>(input)].stored_as() == first;
        if (is_one && (is_narrow(first) || is_read_as_floats(id))) out_[id].storage = first;
    }
    bool is_read_as_floats(std::size_t id) const {
        bool is_read = false;
        for (std::size_t reader = 0; reader < net_.nodes.size(); ++reader)
            for (const int input : node_of(reader).inputs) {
                if (static_cast<std::size_t>(input) != id) continue;
                is_read = true;
                if (is_view(node_of(reader).kind) ? !is_read_as_floats(reader)
                                                  : out_[reader].storage != dtype::f32)
                    return false;
            }
        return is_read;
    }
};

}  // namespace detail

/// The arithmetic that a plan was made for. Of a plan whose steps differ, the coarsest of them, for nodes
/// of which nothing more is known.
inline arithmetic arithmetic_of(const plan_records& plan) {
    arithmetic out{plan.precision, 0, false};
    for (const plan_kernel& k : plan.kernels)
        if (unit_of(storage_of(k)) > unit_of(out.storage)) out.storage = storage_of(k);
    for (const plan_weight& w : plan.weights)
        out.winograd = std::max(out.winograd, winograd_tile(w.transform));
    out.rounds_products = out.storage == dtype::f32 && detail::rounds_products(plan);
    return out;
}

/// The same for each node of the plan's network: each element is judged by the types that its own step and
/// its inputs have.
inline plan_arithmetic arithmetic_of(const plan_records& plan, const network& net) {
    plan_arithmetic out(arithmetic_of(plan));
    bool is_mixed = false;
    for (const node& n : net.nodes) is_mixed = is_mixed || n.kept != dtype::other;
    if (!is_mixed) return out;
    out.all.storage = plan.precision;
    out.all.rounds_products = plan.precision == dtype::f32 && detail::rounds_products(plan);
    detail::find_arithmetic(net, out).run(plan);
    return out;
}

}  // namespace lamina
