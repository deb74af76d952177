// SPDX-License-Identifier: Apache-2.0
// The network of an int8 plan: the same one, with quantize and dequantize where its convolutions and
// linear layers multiply numbers of 8 bits. Plans with int8(), calibrate and the reference share it (docs/design/0012).
#pragma once
#include <lamina/graph/byte_rules.hpp>
#include <lamina/graph/quantize_pairs.hpp>

#include <utility>

namespace lamina {

namespace detail {

/// Finds the values that an int8 plan stores in 8 bits, by id, and which of them share a scale.
class byte_values {
public:
    constexpr explicit byte_values(const network& net)
        : net_(net), users_(count_users(net)), wanted_(net.nodes.size(), false),
          results_(net.nodes.size(), false), parent_(net.nodes.size(), 0) {
        for (std::size_t id = 0; id < parent_.size(); ++id) parent_[id] = static_cast<int>(id);
        for (const output_binding& out : net.outputs)
            results_[static_cast<std::size_t>(out.node)] = true;
        for (int id = 0; id < static_cast<int>(net.nodes.size()); ++id)
            if (multiplies(id)) want(at(id).inputs[0]);
        for (const node& n : net.nodes) spare_sum(n);
        for (int id = static_cast<int>(net.nodes.size()); id-- > 0;) ask_inputs(id);
    }

    constexpr bool has(std::size_t id) const { return wanted_[id]; }
    /// True for a view of values in 8 bits, or of such values side by side, which is bytes as they are.
    constexpr bool is_view_of_bytes(int id) const {
        return is_passed(id) && traits_of(at(id)).view != view_rule::none;
    }
    /// True for a value whose numbers are those of others of its scale: its range lies inside theirs.
    constexpr bool is_passed(int id) const {
        return wanted_[static_cast<std::size_t>(id)] && passes(id);
    }
    /// The first of the values that share this one's scale.
    constexpr int first_of(int id) const {
        while (parent_[static_cast<std::size_t>(id)] != id)
            id = parent_[static_cast<std::size_t>(id)];
        return id;
    }

    /// True for a node that an int8 plan computes from 8 bits: a dense or depthwise convolution of images or a
    /// linear layer, with enough channels, of a picture or another layer's result, that network::keep says
    /// nothing about.
    constexpr bool multiplies(int id) const {
        const node& n = at(id);
        if (!may_multiply_bytes(n)) return false;
        const int input = n.inputs[0];
        const node& x = at(input);
        if (multiplies_pixels(net_, n, input) && x.kept == dtype::other) return true;
        return !is_given(x.kind) && !is_further(x.kind) && !traits_of(x).in_place
            && count_outputs(net_, input) == 1 && multiplies_channels(n, x);
    }

    /// The name of the layer whose result a value is, for its scale: that of the last convolution, or other
    /// layer with weights, before it; with the value's own layer, and a number, where that is taken.
    constexpr name label(int id) {
        int from = id;
        while (true) {
            const node& n = at(from);
            const bool folds = traits_of(n).folds_before && !n.inputs.empty()
                && at(n.inputs[0]).kind == op::conv2d;
            if ((!n.at.empty() && !folds) || n.inputs.empty()) break;
            from = n.inputs[0];
        }
        name out
            = at(from).at.view();  // of "in_proj_", whose own weights follow without a dot, too
        if (is_taken(out)) out = out / std::string_view(at(id).layer);
        const name second = out;
        for (int number = 2; is_taken(out); ++number) out = second / number;
        labels_.push_back(out);
        return out;
    }

private:
    const network& net_;
    dynamic_array<int> users_;
    dynamic_array<char> wanted_;
    dynamic_array<char> results_;  ///< per value: a result
    dynamic_array<int>
        parent_;  ///< per value: another one of its scale, at last the first; or itself
    dynamic_array<name> labels_;

    constexpr const node& at(int id) const { return net_.nodes[static_cast<std::size_t>(id)]; }
    constexpr bool is_taken(const name& label) const {
        for (const name& other : labels_)
            if (other == label) return true;
        return false;
    }
    constexpr void want(int id) { wanted_[static_cast<std::size_t>(id)] = true; }
    constexpr void share_scale(int a, int b) {
        a = first_of(a);
        b = first_of(b);
        parent_[static_cast<std::size_t>(a < b ? b : a)] = a < b ? a : b;
    }

    /// True for a value that can be stored in 8 bits: one that a step computes alone, of floats.
    constexpr bool may_store(int id) const {
        const node& n = at(id);
        return !is_given(n.kind) && !is_further(n.kind) && !traits_of(n).in_place
            && n.type == dtype::f32 && !n.dims.is_empty() && count_outputs(net_, id) == 1;
    }
    /// True for a value whose step can end by rounding it to 8 bits, or a view of such values.
    constexpr bool ends_in_bytes(int id) const {
        const op_traits& traits = traits_of(at(id));
        return traits.writes_bytes || traits.chain != chain_form::none || passes(id);
    }
    /// True for an op that moves or compares its inputs' elements, so that it can do that in 8 bits too.
    constexpr bool passes(int id) const {
        const node& n = at(id);
        if (n.kept != dtype::other || results_[static_cast<std::size_t>(id)] || !may_store(id))
            return false;
        for (const int input : n.inputs)
            if (!may_store(input)) return false;
        switch (traits_of(n).view) {
        case view_rule::concat:
            return true;
        case view_rule::reshape:
        case view_rule::permute:
        case view_rule::slice:
            return ends_in_bytes(n.inputs[0]);
        case view_rule::none:
            break;
        }
        if (repeats_bytes(n)) return true;
        const auto kind = static_cast<pool_kind>(n.attr.kind);
        return pools_bytes(n, false) && (kind == pool_kind::max || kind == pool_kind::adaptive_max);
    }
    /// What passes bytes on is given bytes of its own scale, and a mean reads such of any scale.
    constexpr void ask_inputs(int id) {
        if (!wanted_[static_cast<std::size_t>(id)]) return;
        const node& n = at(id);
        if (passes(id)) {
            for (const int input : n.inputs) {
                want(input);
                share_scale(id, input);
            }
        } else if (n.kind == op::pool && may_store(id) && pools_bytes(n, false)
            && n.kept == dtype::other && may_store(n.inputs[0]) && ends_in_bytes(n.inputs[0])) {
            want(n.inputs[0]);
        }
    }

    /// The convolution with bytes that ends in a value, with what only it is read by; -1: none.
    constexpr int product_of(int id) const {
        while (users_[static_cast<std::size_t>(id)] == 1) {
            const node& n = at(id);
            if (n.kind == op::conv2d) return multiplies(id) ? id : -1;
            if ((n.kind != op::pointwise && n.kind != op::batch_norm) || n.inputs.size() != 1)
                return -1;
            id = n.inputs[0];
        }
        return -1;
    }
    /// Multiplications of a convolution for each of its results.
    constexpr std::int64_t depth_of(int product) const {
        const window& win = at(product).attr.win;
        return std::int64_t{at(at(product).inputs[0]).dims.c} / at(product).attr.groups
            * win.kernel_h * win.kernel_w;
    }
    /// Of a sum of two products one becomes the end of the other's step: the one with less work is stored,
    /// in 8 bits as well.
    constexpr void spare_sum(const node& n) {
        if (n.kind != op::binary || n.inputs.size() != 2
            || static_cast<function>(n.attr.kind) != function::add)
            return;
        const int a = n.inputs[0], b = n.inputs[1];
        if (!(at(a).dims == at(b).dims) || wanted_[static_cast<std::size_t>(a)]
            || wanted_[static_cast<std::size_t>(b)])
            return;
        const int first = product_of(a), second = product_of(b);
        if (first < 0 || second < 0) return;
        want(depth_of(second) > depth_of(first) ? a : b);
    }
};

}  // namespace detail

/// The network whose convolutions and linear layers multiply numbers of 8 bits: every value that such a layer reads becomes
/// quantize | dequantize, with the parameters NAME.output_scale and NAME.output_zero_point of the layer NAME
/// that computes it, and these layers are marked. Views of such values are views of their bytes, and what is
/// joined by a concat, or only moved by a pool of maxima, has one scale, named after the first of them.
/// What reads f32 still does, and of a picture only such a convolution reads bytes.
/// A network with quantize and dequantize layers says itself what is stored in 8 bits: only its pairs count.
/// Errors   none; a network without such layers comes back as it is.
constexpr network quantized(const network& net) {
    if (const detail::quantize_pairs pairs(net); pairs.has_any()) return pairs.as_bytes();
    detail::byte_values values(net);
    network out = net;
    out.nodes.clear();
    const std::size_t count = net.nodes.size();
    out.nodes.reserve(2 * count);
    // Per value its number in the new network, that of its bytes, and of the first of its scale the parameters.
    dynamic_array<int> moved(count, -1), bytes(count, -1), scales(count, -1), zeros(count, -1);
    const auto append = [&](node&& made) {
        out.nodes.push_back(std::move(made));
        return static_cast<int>(out.nodes.size()) - 1;
    };
    const auto converted = [&](op kind, const char* layer, const node& asks, int id, int input) {
        const auto first = static_cast<std::size_t>(values.first_of(id));
        node made;
        made.kind = kind;
        made.type = kind == op::quantize ? dtype::u8 : dtype::f32;
        made.layer = layer;
        made.file = asks.file;
        made.line = asks.line;
        made.dims = net.nodes[static_cast<std::size_t>(id)].dims;
        made.inputs = {input};
        made.parameters[weight_slot] = scales[first];
        made.parameters[bias_slot] = zeros[first];
        return append(std::move(made));
    };
    for (int id = 0; id < static_cast<int>(count); ++id) {
        const auto self = static_cast<std::size_t>(id);
        node n = net.nodes[self];
        if (values.is_view_of_bytes(id)) {
            n.type = dtype::u8;
            for (int& input : n.inputs) input = bytes[static_cast<std::size_t>(input)];
            bytes[self] = moved[self] = append(std::move(n));
            continue;
        }
        for (int& input : n.inputs) {
            const int from = input;
            input = moved[static_cast<std::size_t>(from)];
            const int stored = bytes[static_cast<std::size_t>(from)];
            if (stored >= 0 && (values.multiplies(id) || !is_picture(net, from)))
                input = converted(op::dequantize, "dequantize", n, from, stored);
        }
        n.multiplies_bytes = values.multiplies(id);
        moved[self] = append(std::move(n));
        if (!values.has(self)) continue;
        if (const auto first = static_cast<std::size_t>(values.first_of(id)); scales[first] < 0) {
            const name label = values.label(id);
            for (int* const parameter : {&scales[first], &zeros[first]}) {
                const name full
                    = label / (parameter == &scales[first] ? "output_scale" : "output_zero_point");
                *parameter = static_cast<int>(out.parameters.size());
                out.parameters.push_back(
                    {full, shape{1}, static_cast<int>(out.nodes.size()), hash_of(full)});
            }
        }
        bytes[self] = converted(op::quantize, "quantize", net.nodes[self], id, moved[self]);
    }
    for (std::size_t i = 0; i < net.parameters.size(); ++i)
        if (const int reader = net.parameters[i].node; reader < static_cast<int>(count))
            out.parameters[i].node = moved[static_cast<std::size_t>(reader)];
    for (output_binding& o : out.outputs) o.node = moved[static_cast<std::size_t>(o.node)];
    return out;
}

}  // namespace lamina
