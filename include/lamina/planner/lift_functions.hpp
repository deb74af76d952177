// SPDX-License-Identifier: Apache-2.0
// A function of single elements behind reshapes and permutes, as exported networks have activations behind
// `flatten | permute`: it changes places with them, so that the step before them can end in it.
#pragma once
#include <lamina/graph/numbering.hpp>
#include <lamina/graph/walk.hpp>

#include <lamina/core/dynamic_array.hpp>

#include <cstddef>
#include <utility>

namespace lamina::planner {

/// One run of the pass.
class function_lift {
public:
    constexpr function_lift(network& net, dynamic_array<int>& numbers)
        : net_(net), numbers_(numbers) {}

    constexpr void run() {
        for (std::size_t id = 0; id < net_.nodes.size(); ++id) {
            const node& n = net_.nodes[id];
            if (!is_free(n) || traits_of(n).chain != chain_form::function
                || !is_whole_view(n.inputs[0]))
                continue;
            if (users_.empty()) users_ = count_users(net_);
            lift(static_cast<int>(id));
        }
    }

private:
    network& net_;
    dynamic_array<int>& numbers_;
    dynamic_array<int> users_;

    constexpr node& at(int id) { return net_.nodes[static_cast<std::size_t>(id)]; }
    constexpr const node& at(int id) const { return net_.nodes[static_cast<std::size_t>(id)]; }

    /// True if nothing asks for the node's own step or type.
    static constexpr bool is_free(const node& n) {
        return n.type == dtype::f32 && n.kept == dtype::other && !n.is_optional
            && !n.dims.is_empty();
    }
    /// True for what shows all elements of its input.
    constexpr bool is_whole_view(int id) const {
        const view_rule rule = traits_of(at(id)).view;
        return is_free(at(id)) && (rule == view_rule::reshape || rule == view_rule::permute);
    }
    /// True if the step of a node may end in a function. Layers on one input stay alike: they may become one
    /// product (fuse_horizontally).
    constexpr bool takes_function(int id) const {
        const node& n = at(id);
        const chain_form form = traits_of(n).chain;
        if (!is_free(n) || users_[static_cast<std::size_t>(id)] != 1 || count_outputs(net_, id) > 1)
            return false;
        if (form == chain_form::none)
            return traits_of(n).epilogue != epilogue_form::none && !has_sibling(id);
        if (form == chain_form::function || form == chain_form::affine)
            return !has_sibling(first_of_chain(id));
        return form == chain_form::binary || form == chain_form::choice
            || form == chain_form::slope;
    }
    /// What a chain of functions and norms begins with.
    constexpr int first_of_chain(int id) const {
        for (chain_form form = traits_of(at(id)).chain;
            form == chain_form::function || form == chain_form::affine;
            form = traits_of(at(id)).chain)
            id = at(id).inputs[0];
        return id;
    }
    constexpr bool has_sibling(int id) const {
        if (!traits_of(at(id)).stands_beside) return false;
        for (std::size_t other = 0; other < net_.nodes.size(); ++other) {
            const node& n = net_.nodes[other];
            if (n.kind == at(id).kind && n.inputs[0] == at(id).inputs[0]
                && static_cast<int>(other) != id)
                return true;
        }
        return false;
    }

    constexpr void lift(int function) {
        dynamic_array<int> views;  // the last one first
        int source = at(function).inputs[0];
        while (is_whole_view(source) && users_[static_cast<std::size_t>(source)] == 1) {
            views.push_back(source);
            source = at(source).inputs[0];
        }
        if (views.empty() || !takes_function(source)) return;
        if (numbers_.empty()) numbers_ = structural_numbers(net_);
        int number = numbers_[static_cast<std::size_t>(function)];
        for (const int view : views) {
            std::swap(at(function), at(view));
            std::swap(at(function).inputs[0], at(view).inputs[0]);
            at(view).dims = at(at(view).inputs[0]).dims;
            if (traits_of(at(function)).view == view_rule::permute) number = -1;
            numbers_[static_cast<std::size_t>(view)] = number;
            function = view;
        }
    }
};

/// Moves such functions, in place. The value behind them keeps its id; they, and views between, take ids of views.
/// `numbers` are each node's structural number before all passes, empty where they are those of `net`: a value whose
/// elements, in their order, no node had gets -1.
constexpr void lift_functions(network& net, dynamic_array<int>& numbers) {
    function_lift(net, numbers).run();
}

}  // namespace lamina::planner
