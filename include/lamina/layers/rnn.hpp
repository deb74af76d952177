// SPDX-License-Identifier: Apache-2.0
// Elman's recurrent layers: whole sequences, and single steps.
#pragma once
#include <lamina/graph/recurrent_rule.hpp>

namespace lamina {

struct rnn_options {
    whole hidden_size = 0;                        ///< units; must be given
    whole num_layers = 1;                         ///< above each other
    gate_function nonlinearity = function::tanh;  ///< or function::relu, or any of one value
    bool bias = true;
    bool batch_first = false;    ///< the input is NxTxI instead of TxNxI, the output likewise
    float dropout = 0;           ///< between layers while training; no effect on inference
    bool bidirectional = false;  ///< a second direction from the last step to the first
    float clip = 0;              ///< bounds what the function gets, to +-clip; 0: nothing
    gate_function reverse_nonlinearity = as_forward;  ///< of the second direction, where it differs
};

/// What rnn gives: `const auto [output, h] = x | rnn{...};`
struct rnn_result {
    tensor output;  ///< h of every step of the last layer
    tensor h;       ///< behind the last step, of all layers
};

/// A stack of layers h' = tanh(W x + b + V h + c) over a sequence: `x | rnn{"r", {.hidden_size = 8}}`,
/// with a state to begin with `x | rnn{"r", {.hidden_size = 8}, h}`, of sequences that differ in length
/// `x | rnn{"r", {.hidden_size = 8}, {}, lengths}`.
///
/// Shapes   TxNxI -> output TxNx(D H), h (L D)xNxH; D directions, L layers, H hidden_size. Without a
///          batch TxI -> Tx(D H), h (L D)xH. h is not computed where nothing uses it. lengths N, i32.
/// Weights  of layer k weight_ih_lk [H, I], weight_hh_lk [H, H], bias_ih_lk, bias_hh_lk [H]; of the
///          second direction the same with _reverse.
/// Units    lengths: as in lstm.
/// Errors   LAM-01 rank; LAM-04 the state's shape or that of lengths; LAM-06, LAM-07 names; LAM-08 options; LAM-16
///          indices, or lengths that are not i32; LAM-17 a tensor of another network; LAM-22 no steps.
/// Cost     as lstm.
/// Source   torch.nn.RNN; lengths as in lstm. clip and functions besides tanh and relu as in ONNX.
struct rnn {
    subject who;
    rnn_options options;
    tensor state, lengths;
    constexpr rnn(name at, rnn_options o, tensor h = {}, tensor l = {},
        std::source_location where = std::source_location::current())
        : who{"rnn", at, where}, options(o), state(h), lengths(l) {}
};

constexpr recurrent_kind kind_of_rnn(const gate_function& nonlinearity) {
    return nonlinearity == gate_function(function::relu) ? recurrent_kind::rnn_relu
                                                         : recurrent_kind::rnn_tanh;
}

constexpr rnn_result operator|(const tensor& x, const rnn& layer) {
    const gate_function& f = layer.options.nonlinearity;
    const recurrent_outputs all = apply_recurrent(x, layer.who,
        settings_of(kind_of_rnn(f), {.f = f}, {.f = layer.options.reverse_nonlinearity},
            layer.options, layer.lengths, layer.state));
    return {all.output, all.h};
}

struct rnn_cell_options {
    whole hidden_size = 0;  ///< units; must be given
    bool bias = true;
    gate_function nonlinearity = function::tanh;  ///< as rnn
    float clip = 0;                               ///< as rnn
};

/// One step of an rnn, for callers that keep the state: `x | rnn_cell{"cell", {.hidden_size = 16}, h}`
/// is the next h.
///
/// Shapes   NxI, h NxH -> NxH. Without a state it begins with zeros.
/// Weights  weight_ih [H, I], weight_hh [H, H], bias_ih, bias_hh [H].
/// Errors   as rnn. Source   torch.nn.RNNCell.
struct rnn_cell {
    subject who;
    rnn_cell_options options;
    tensor state;
    constexpr rnn_cell(name at, rnn_cell_options o, tensor h = {},
        std::source_location where = std::source_location::current())
        : who{"rnn_cell", at, where}, options(o), state(h) {}
};

constexpr tensor operator|(const tensor& x, const rnn_cell& layer) {
    return apply_cell(x, layer.who,
        {.kind = kind_of_rnn(layer.options.nonlinearity),
            .hidden_size = layer.options.hidden_size,
            .bias = layer.options.bias,
            .clip = layer.options.clip,
            .functions = {.f = layer.options.nonlinearity},
            .h = layer.state})
        .h;
}

}  // namespace lamina
