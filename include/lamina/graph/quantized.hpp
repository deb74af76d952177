// SPDX-License-Identifier: Apache-2.0
// The network of an int8 plan: the same one, with quantize and dequantize where its convolutions and
// linear layers multiply numbers of 8 bits. Plans with int8(), calibrate and the reference share it (docs/design/0012).
#pragma once
#include <lamina/graph/walk.hpp>

#include <utility>

namespace lamina {

namespace detail {

/// Channels below which blocks of channels would be mostly padding, or lie in rows.
inline constexpr int least_byte_channels = 16;

/// True for ops behind a last layer that only say what its numbers mean.
constexpr bool only_reads_scores(op kind) {
    return kind == op::pointwise || kind == op::softmax || kind == op::reshape || kind == op::argmax
        || kind == op::topk || kind == op::further;
}

/// Finds the values that an int8 plan stores in 8 bits, by id, and builds its network.
class byte_values {
public:
    constexpr explicit byte_values(const network& net)
        : net_(net), users_(count_users(net)), wanted_(net.nodes.size(), false),
          ends_(net.nodes.size(), false) {
        for (const output_binding& out : net.outputs)
            ends_[static_cast<std::size_t>(out.node)] = true;
        for (std::size_t id = net.nodes.size(); id-- > 0;)
            if (ends_[id] && only_reads_scores(net.nodes[id].kind))
                for (const int input : net.nodes[id].inputs)
                    ends_[static_cast<std::size_t>(input)] = true;
        for (int id = 0; id < static_cast<int>(net.nodes.size()); ++id)
            if (multiplies(id)) want(at(id).inputs[0]);
        for (const node& n : net.nodes) spare_sum(n);
    }

    constexpr bool has(std::size_t id) const { return wanted_[id]; }

    /// True for a node that an int8 plan computes from 8 bits: a dense convolution of images or a linear layer,
    /// with enough channels, not of a picture or another input, that network::keep says nothing about, and no
    /// last linear layer.
    constexpr bool multiplies(int id) const {
        const node& n = at(id);
        if ((n.kind != op::conv2d && n.kind != op::linear) || n.dims.is_empty()
            || n.kept != dtype::other)
            return false;
        const node& x = at(n.inputs[0]);
        if (is_given(x.kind) || is_further(x.kind) || traits_of(x).in_place
            || count_outputs(net_, n.inputs[0]) > 1)
            return false;
        const int last = x.dims.rank - 1;
        if (n.kind == op::linear)
            return !ends_[static_cast<std::size_t>(id)] && x.dims[last] >= least_byte_channels
                && n.dims[n.dims.rank - 1] >= least_byte_channels;
        return n.dims.rank == 4 && x.dims.rank == 4 && n.attr.groups == 1
            && n.dims.c >= least_byte_channels && x.dims.c >= least_byte_channels;
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
    dynamic_array<char>
        ends_;  ///< per value: a result of the network, or what leads to nothing else
    dynamic_array<name> labels_;

    constexpr const node& at(int id) const { return net_.nodes[static_cast<std::size_t>(id)]; }
    constexpr bool is_taken(const name& label) const {
        for (const name& other : labels_)
            if (other == label) return true;
        return false;
    }
    constexpr void want(int id) { wanted_[static_cast<std::size_t>(id)] = true; }

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
        return std::int64_t{at(at(product).inputs[0]).dims.c} * win.kernel_h * win.kernel_w;
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
/// that computes it, and these layers are marked. What reads f32 still does.
/// Errors   none; a network without such layers comes back as it is.
constexpr network quantized(const network& net) {
    detail::byte_values values(net);
    network out = net;
    out.nodes.clear();
    const std::size_t count = net.nodes.size();
    out.nodes.reserve(2 * count);
    dynamic_array<int> moved(count, -1), bytes(count, -1);
    const auto append = [&](node&& made) {
        out.nodes.push_back(std::move(made));
        return static_cast<int>(out.nodes.size()) - 1;
    };
    for (std::size_t id = 0; id < count; ++id) {
        node n = net.nodes[id];
        for (int& input : n.inputs) {
            const auto from = static_cast<std::size_t>(input);
            if (bytes[from] < 0) {
                input = moved[from];
                continue;
            }
            const node& stored = out.nodes[static_cast<std::size_t>(bytes[from])];
            node made;
            made.kind = op::dequantize;
            made.layer = "dequantize";
            made.file = n.file;
            made.line = n.line;
            made.dims = stored.dims;
            made.inputs = {bytes[from]};
            for (const int slot : {weight_slot, bias_slot})
                made.parameters[slot] = stored.parameters[slot];
            input = append(std::move(made));
        }
        n.multiplies_bytes = values.multiplies(static_cast<int>(id));
        moved[id] = append(std::move(n));
        if (!values.has(id)) continue;
        const name label = values.label(static_cast<int>(id));
        node made;
        made.kind = op::quantize;
        made.type = dtype::u8;
        made.layer = "quantize";
        made.file = net.nodes[id].file;
        made.line = net.nodes[id].line;
        made.dims = net.nodes[id].dims;
        made.inputs = {moved[id]};
        const int self = static_cast<int>(out.nodes.size());
        for (const int slot : {weight_slot, bias_slot}) {
            const name full = label / (slot == weight_slot ? "output_scale" : "output_zero_point");
            made.parameters[slot] = static_cast<int>(out.parameters.size());
            out.parameters.push_back({full, shape{1}, self, hash_of(full)});
        }
        bytes[id] = append(std::move(made));
    }
    for (std::size_t i = 0; i < net.parameters.size(); ++i)
        if (const int reader = net.parameters[i].node; reader < static_cast<int>(count))
            out.parameters[i].node = moved[static_cast<std::size_t>(reader)];
    for (output_binding& o : out.outputs) o.node = moved[static_cast<std::size_t>(o.node)];
    return out;
}

}  // namespace lamina
