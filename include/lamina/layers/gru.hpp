// SPDX-License-Identifier: Apache-2.0
// Gated recurrent units: whole sequences, and single steps.
#pragma once
#include <lamina/graph/recurrent_rule.hpp>

namespace lamina {

/// The functions of the gates r and z, and of n.
struct gru_activations {
    gate_function f = function::sigmoid, g = function::tanh;
    constexpr operator recurrent_functions() const { return {.f = f, .g = g}; }
};

/// Those of the second direction.
struct gru_reverse_activations {
    gate_function f = as_forward, g = as_forward;
    constexpr operator reverse_functions() const { return {.f = f, .g = g}; }
};

struct gru_options {
    whole hidden_size = 0;  ///< units; must be given
    whole num_layers = 1;   ///< above each other
    bool bias = true;
    bool batch_first = false;    ///< the input is NxTxI instead of TxNxI, the output likewise
    float dropout = 0;           ///< between layers while training; no effect on inference
    bool bidirectional = false;  ///< a second direction from the last step to the first
    /// The reset gate scales W h + b (PyTorch; Keras' reset_after); false: it scales h before the product.
    bool linear_before_reset = true;
    float clip = 0;  ///< bounds what functions get, to +-clip; 0: nothing
    gru_activations activations = {};
    gru_reverse_activations reverse_activations
        = {};  ///< of the second direction, where they differ
};

/// What gru gives: `const auto [output, h] = x | gru{...};`
struct gru_result {
    tensor output;  ///< h of every step of the last layer
    tensor h;       ///< behind the last step, of all layers
};

/// A stack of GRU layers over a sequence: `x | gru{"encoder", {.hidden_size = 128}}`, with a state to
/// begin with `x | gru{"encoder", {.hidden_size = 128}, h}`, of sequences that differ in length
/// `x | gru{"encoder", {.hidden_size = 128}, {}, lengths}`.
///
/// Shapes   TxNxI -> output TxNx(D H), h (L D)xNxH; D directions, L layers, H hidden_size. Without a
///          batch TxI -> Tx(D H), h (L D)xH. h is not computed where nothing uses it. lengths N, i32.
/// Weights  of layer k weight_ih_lk [3H, I], weight_hh_lk [3H, H], bias_ih_lk, bias_hh_lk [3H]; of the
///          second direction the same with _reverse. Gates in PyTorch's order: r, z, n.
/// Units    lengths: as in lstm.
/// Errors   LAM-01 rank; LAM-04 the state's shape or that of lengths; LAM-06, LAM-07 names; LAM-08 options; LAM-16
///          indices, or lengths that are not i32; LAM-17 a tensor of another network; LAM-22 no steps.
/// Cost     as lstm; without linear_before_reset a step is two products in a row.
/// Source   torch.nn.GRU; linear_before_reset as in ONNX, whose default is the other one, clip and
///          activations too; lengths as in lstm.
struct gru {
    subject who;
    gru_options options;
    tensor state, lengths;
    constexpr gru(name at, gru_options o, tensor h = {}, tensor l = {},
        std::source_location where = std::source_location::current())
        : who{"gru", at, where}, options(o), state(h), lengths(l) {}
};

constexpr recurrent_kind kind_of_gru(bool linear_before_reset) {
    return linear_before_reset ? recurrent_kind::gru : recurrent_kind::gru_reset_first;
}

constexpr gru_result operator|(const tensor& x, const gru& layer) {
    const recurrent_kind kind = kind_of_gru(layer.options.linear_before_reset);
    const recurrent_outputs all = apply_recurrent(x, layer.who,
        settings_of(kind, layer.options.activations, layer.options.reverse_activations,
            layer.options, layer.lengths, layer.state));
    return {all.output, all.h};
}

struct gru_cell_options {
    whole hidden_size = 0;  ///< units; must be given
    bool bias = true;
    bool linear_before_reset = true;  ///< as gru, and what follows
    float clip = 0;
    gru_activations activations = {};
};

/// One step of a GRU, for callers that keep the state: `x | gru_cell{"cell", {.hidden_size = 16}, h}`
/// is the next h.
///
/// Shapes   NxI, h NxH -> NxH. Without a state it begins with zeros.
/// Weights  weight_ih [3H, I], weight_hh [3H, H], bias_ih, bias_hh [3H].
/// Errors   as gru. Source   torch.nn.GRUCell.
struct gru_cell {
    subject who;
    gru_cell_options options;
    tensor state;
    constexpr gru_cell(name at, gru_cell_options o, tensor h = {},
        std::source_location where = std::source_location::current())
        : who{"gru_cell", at, where}, options(o), state(h) {}
};

constexpr tensor operator|(const tensor& x, const gru_cell& layer) {
    return apply_cell(x, layer.who,
        {.kind = kind_of_gru(layer.options.linear_before_reset),
            .hidden_size = layer.options.hidden_size,
            .bias = layer.options.bias,
            .clip = layer.options.clip,
            .functions = layer.options.activations,
            .h = layer.state})
        .h;
}

}  // namespace lamina
