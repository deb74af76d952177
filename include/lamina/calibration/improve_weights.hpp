// SPDX-License-Identifier: Apache-2.0
// Changes weights before they are rounded to 8 bits, so that less is lost: ranges of neighbouring layers are made
// alike, and biases take the mean error of rounded weights away. Called by calibrate.
// Source   Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction".
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <lamina/graph/byte_rules.hpp>
#include <lamina/runtime/fold_line.hpp>
#include <lamina/runtime/pack_bytes.hpp>

namespace lamina::detail {

/// The weights of a network as doubles, by parameter, read when they are asked for; those that were changed.
class editable_weights {
public:
    editable_weights(const network& net, const weights& file)
        : net_(net), file_(file), readers_(net.parameters.size(), 0), users_(count_users(net)) {
        for (const node& n : net.nodes)
            for (const int p : n.parameters)
                if (p >= 0) ++readers_[static_cast<std::size_t>(p)];
    }

    /// True if this file has it and one layer reads it.
    bool is_own(int parameter) const {
        if (parameter < 0) return false;
        const lamina::parameter& p = net_.parameters[static_cast<std::size_t>(parameter)];
        const weight_view* const found = file_.find(p.at.view());
        return readers_[static_cast<std::size_t>(parameter)] == 1 && found
            && is_floating(found->type);
    }
    std::vector<double>& values(int parameter) {
        const auto [place, is_new] = read_.try_emplace(parameter);
        if (is_new)
            place->second = read_array(
                file_, *file_.find(net_.parameters[static_cast<std::size_t>(parameter)].at.view()));
        return place->second;
    }
    void mark(int parameter) { changed_[parameter] = true; }

    /// A convolution or linear layer and the batch norm that is folded into it.
    struct folded_layer {
        const node* layer = nullptr;
        const node* norm = nullptr;
        int output = -1;        ///< the node of what they compute
        bool is_whole = false;  ///< all their weights are their own
    };
    folded_layer layer_of(int id) const {
        folded_layer out;
        out.layer = &at(id);
        out.output = id;
        if (const int reader = only_reader(id);
            reader >= 0 && at(reader).kind == op::batch_norm && out.layer->kind == op::conv2d) {
            out.norm = &at(reader);
            out.output = reader;
        }
        out.is_whole = is_own(out.layer->parameters[weight_slot]);
        for (const node* const n : {out.layer, out.norm})
            if (n)
                for (const int p : n->parameters)
                    out.is_whole = out.is_whole && (p < 0 || is_own(p));
        return out;
    }
    /// What a layer's outputs are multiplied by when its batch norm is folded.
    std::vector<double> factors_of(const folded_layer& of) {
        std::vector<double> out(static_cast<std::size_t>(outputs_of(of)), 1.0);
        if (!of.norm) return out;
        const std::vector<double>& variance = values(of.norm->parameters[variance_slot]);
        const int gain = of.norm->parameters[weight_slot];
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = (gain < 0 ? 1.0 : values(gain)[i])
                / std::sqrt(variance[i] + static_cast<double>(of.norm->attr.scalars[0]));
        return out;
    }
    /// Where a number for each output may be added: the shift of the batch norm, or the layer's bias; -1: nowhere.
    static int shift_of(const folded_layer& of) {
        return of.norm ? of.norm->parameters[bias_slot] : of.layer->parameters[bias_slot];
    }
    static int outputs_of(const folded_layer& of) {
        return of.layer->kind == op::linear ? of.layer->dims[of.layer->dims.rank - 1]
                                            : of.layer->dims.c;
    }
    int only_reader(int id) const {
        if (users_[static_cast<std::size_t>(id)] != 1 || is_output(net_, id)) return -1;
        for (int next = id + 1; next < static_cast<int>(net_.nodes.size()); ++next)
            for (const int input : at(next).inputs)
                if (input == id) return next;
        return -1;
    }
    const node& at(int id) const { return net_.nodes[static_cast<std::size_t>(id)]; }
    const network& net() const { return net_; }

    /// Names and numbers.
    std::vector<std::pair<std::string, std::vector<float>>> changes() const {
        std::vector<std::pair<std::string, std::vector<float>>> out;
        for (const auto& [parameter, is_changed] : changed_) {
            const std::vector<double>& numbers = read_.at(parameter);
            const name& at = net_.parameters[static_cast<std::size_t>(parameter)].at;
            out.emplace_back(
                std::string(at.view()), std::vector<float>(numbers.begin(), numbers.end()));
        }
        return out;
    }

private:
    const network& net_;
    const weights& file_;
    std::vector<int> readers_;
    dynamic_array<int> users_;
    std::map<int, std::vector<double>> read_;
    std::map<int, bool> changed_;
};

/// The largest magnitude of each output's weights.
inline std::vector<double> output_ranges(const std::vector<double>& weight, std::size_t outputs) {
    std::vector<double> out(outputs, 0.0);
    const std::size_t each = weight.size() / outputs;
    for (std::size_t i = 0; i < weight.size(); ++i)
        out[i / each] = std::max(out[i / each], std::fabs(weight[i]));
    return out;
}

/// Two convolutions with nothing between them that depends on a channel's scale.
struct equal_pair {
    editable_weights::folded_layer first, second;
    int channels = 0;
    bool is_depthwise = false;  ///< the second
};

/// The index of the input channel that a weight of the second layer multiplies.
inline std::size_t channel_of(const equal_pair& pair, std::size_t weight) {
    const window& win = pair.second.layer->attr.win;
    const auto taps = static_cast<std::size_t>(win.kernel_h * win.kernel_w);
    return pair.is_depthwise ? weight / taps
                             : weight / taps % static_cast<std::size_t>(pair.channels);
}

/// All such pairs. A relu6 or silu between two layers would cut or bend at another place.
inline std::vector<equal_pair> find_equal_pairs(const editable_weights& all) {
    std::vector<equal_pair> out;
    for (int id = 0; id < static_cast<int>(all.net().nodes.size()); ++id) {
        const auto is_conv = [&](const node& n) {
            return n.kind == op::conv2d && n.dims.rank == 4 && !n.rounded.bits
                && (n.attr.groups == 1 || n.attr.groups == n.dims.c);
        };
        if (!is_conv(all.at(id))) continue;
        equal_pair pair;
        pair.first = all.layer_of(id);
        int last = pair.first.output;
        int next = all.only_reader(last);
        while (next >= 0 && all.at(next).kind == op::pointwise) {
            const auto kind = static_cast<function>(all.at(next).attr.kind);
            if (kind != function::relu && kind != function::leaky_relu) break;
            last = next;
            next = all.only_reader(last);
        }
        if (next < 0 || !is_conv(all.at(next)) || all.at(next).inputs[0] != last) continue;
        pair.second = all.layer_of(next);
        const node& second = *pair.second.layer;
        pair.channels = pair.first.layer->dims.c;
        pair.is_depthwise = second.attr.groups != 1;
        // Without a gain and a shift of its own a batch norm cannot be scaled.
        const node* const norm = pair.first.norm;
        if (!pair.first.is_whole || !pair.second.is_whole
            || (pair.is_depthwise && second.dims.c != pair.channels)
            || (norm && (norm->parameters[weight_slot] < 0 || norm->parameters[bias_slot] < 0)))
            continue;
        out.push_back(std::move(pair));
    }
    return out;
}

/// Divides the first layer's outputs, and multiplies what the second makes of them, so that both have weights of the
/// same range for each channel. Returns the largest factor.
inline double equalize(editable_weights& all, const equal_pair& pair) {
    const auto channels = static_cast<std::size_t>(pair.channels);
    const int first_weight = pair.first.layer->parameters[weight_slot],
              second_weight = pair.second.layer->parameters[weight_slot];
    const std::vector<double> factors = all.factors_of(pair.first),
                              second_factors = all.factors_of(pair.second);
    std::vector<double> scale = output_ranges(all.values(first_weight), channels);
    std::vector<double> behind(channels, 0.0);
    std::vector<double>& second = all.values(second_weight);
    const std::size_t each = second.size() / second_factors.size();
    for (std::size_t i = 0; i < second.size(); ++i) {
        double& most = behind[channel_of(pair, i)];
        most = std::max(most, std::fabs(second[i] * second_factors[i / each]));
    }
    double largest = 1;
    for (std::size_t c = 0; c < channels; ++c) {
        const double before = scale[c] * std::fabs(factors[c]);
        // A channel without weights on one side has nothing to share.
        scale[c] = before > 1e-8 && behind[c] > 1e-8 ? std::sqrt(before / behind[c]) : 1.0;
        largest = std::max({largest, scale[c], 1 / scale[c]});
    }
    const auto divide = [&](int parameter) {
        if (parameter < 0) return;
        std::vector<double>& values = all.values(parameter);
        const std::size_t own = values.size() / channels;
        for (std::size_t i = 0; i < values.size(); ++i) values[i] /= scale[i / own];
        all.mark(parameter);
    };
    if (pair.first.norm) {
        divide(pair.first.norm->parameters[weight_slot]);
        divide(pair.first.norm->parameters[bias_slot]);
    } else {
        divide(first_weight);
        divide(pair.first.layer->parameters[bias_slot]);
    }
    for (std::size_t i = 0; i < second.size(); ++i) second[i] *= scale[channel_of(pair, i)];
    all.mark(second_weight);
    return largest;
}

/// All pairs in turn until nothing changes: a layer may be the second of one and the first of another.
/// Returns how many there are.
inline std::size_t equalize_all(editable_weights& all) {
    const std::vector<equal_pair> pairs = find_equal_pairs(all);
    for (int round = 0; round < 40; ++round) {
        double largest = 1;
        for (const equal_pair& pair : pairs) largest = std::max(largest, equalize(all, pair));
        if (largest < 1.001) break;
    }
    return pairs.size();
}

/// Takes from a layer's shift what rounding its weights to 8 bits adds to each output on average: the weights' errors
/// times the means of its inputs, by channel. False: it has nothing to subtract it from.
inline bool correct_bias(editable_weights& all, int id, std::span<const double> means) {
    const editable_weights::folded_layer of = all.layer_of(id);
    const int shift = editable_weights::shift_of(of);
    if (shift < 0 || !of.is_whole) return false;
    const std::vector<double> factors = all.factors_of(of);
    const std::vector<double>& weight = all.values(of.layer->parameters[weight_slot]);
    std::vector<double>& shifts = all.values(shift);
    const std::size_t outputs = factors.size(), each = weight.size() / outputs;
    const bool is_linear = of.layer->kind == op::linear;
    const window& win = of.layer->attr.win;
    const std::size_t taps = is_linear ? 1 : static_cast<std::size_t>(win.kernel_h * win.kernel_w);
    for (std::size_t o = 0; o < outputs; ++o) {
        const double* const row = weight.data() + o * each;
        double most = 0;
        for (std::size_t i = 0; i < each; ++i)
            most = std::max(most, std::fabs(row[i] * factors[o]));
        const auto scale = static_cast<float>(most / 127);
        if (!(scale >= 1.2e-38f)) continue;
        const double by = factors[o] * static_cast<double>(1 / scale);
        double error = 0;
        for (std::size_t i = 0; i < each; ++i) {
            const double rounded = static_cast<double>(to_byte(static_cast<float>(row[i] * by)))
                * static_cast<double>(scale);
            const std::size_t channel
                = each == taps && !is_linear && of.layer->attr.groups != 1 ? o : i / taps;
            error += (rounded - row[i] * factors[o]) * means[channel];
        }
        shifts[o] -= error;
    }
    all.mark(shift);
    return true;
}

}  // namespace lamina::detail
