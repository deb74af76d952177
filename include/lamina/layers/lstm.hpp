// SPDX-License-Identifier: Apache-2.0
// Long short-term memory: whole sequences, and single steps.
#pragma once
#include <lamina/graph/recurrent_rule.hpp>

namespace lamina {

struct lstm_options {
    whole hidden_size = 0;  ///< units; must be given
    whole num_layers = 1;   ///< above each other
    bool bias = true;
    bool batch_first = false;    ///< the input is NxTxI instead of TxNxI, the output likewise
    float dropout = 0;           ///< between layers while training; no effect on inference
    bool bidirectional = false;  ///< a second direction from the last step to the first
    whole proj_size = 0;         ///< features of h behind a projection; 0: none
    bool peepholes = false;      ///< the gates i and f read the last c, o the new one
    float clip = 0;              ///< bounds what the functions f and g get, to +-clip; 0: nothing
    bool input_forget = false;   ///< the forget gate is 1 - i; its weights are not used
    recurrent_functions activations = {};        ///< of the gates (f), of g and of c (h)
    reverse_functions reverse_activations = {};  ///< of the second direction, where they differ
};

/// h and c: the states that a layer begins with.
struct lstm_state {
    tensor h = {}, c = {};
};

/// What lstm gives: `const auto [output, h, c] = x | lstm{...};`
struct lstm_result {
    tensor output;  ///< h of every step of the last layer
    tensor h, c;    ///< the states behind the last step, of all layers
};

/// A stack of LSTM layers over a sequence: `x | lstm{"encoder", {.hidden_size = 128}}`, with states to
/// begin with `x | lstm{"encoder", {.hidden_size = 128}, {h, c}}`, of sequences that differ in length
/// `x | lstm{"encoder", {.hidden_size = 128}, {}, lengths}`.
///
/// Shapes   TxNxI -> output TxNx(D H), h and c (L D)xNxH; D directions, L layers, H hidden_size (of h
///          and output: proj_size, if there is one). Without a batch TxI -> Tx(D H), h and c (L D)xH.
///          What is not used is not computed, but for the output. lengths N, i32.
/// Weights  of layer k weight_ih_lk [4H, I], weight_hh_lk [4H, H], bias_ih_lk, bias_hh_lk [4H],
///          weight_hr_lk [proj_size, H]; of the second direction the same with _reverse. Gates in
///          PyTorch's order: i, f, g, o. With peepholes weight_ch_lk [3H], the factors of c in i, f, o.
/// Units    lengths: the steps of each row, in any order; behind them the output is 0, h and c are those of
///          the row's own last step, and the second direction begins there. 0 gives the states to begin
///          with; numbers outside of 0 to T count as the nearer of these.
/// Errors   LAM-01 rank; LAM-04 a state's shape or that of lengths, or one state without the other; LAM-06,
///          LAM-07 names; LAM-08 options; LAM-16 indices, or lengths that are not i32; LAM-17 a tensor of
///          another network; LAM-22 no steps.
/// Cost     the products with the input are one linear; all steps are one kernel, which reads the
///          weights of h once a step.
/// Source   torch.nn.LSTM; lengths as in pack_padded_sequence(enforce_sorted=False), followed by
///          pad_packed_sequence(total_length=T). peepholes, clip, input_forget and activations as in ONNX,
///          whose P has the gates as i, o, f.
struct lstm {
    subject who;
    lstm_options options;
    lstm_state state;
    tensor lengths;
    constexpr lstm(name at, lstm_options o, lstm_state s = {}, tensor l = {},
        std::source_location where = std::source_location::current())
        : who{"lstm", at, where}, options(o), state(s), lengths(l) {}
};

constexpr lstm_result operator|(const tensor& x, const lstm& layer) {
    recurrent_settings s = settings_of(recurrent_kind::lstm, layer.options.activations,
        layer.options.reverse_activations, layer.options, layer.lengths, layer.state.h,
        layer.state.c);
    s.proj_size = layer.options.proj_size;
    s.peepholes = layer.options.peepholes;
    s.input_forget = layer.options.input_forget;
    const recurrent_outputs all = apply_recurrent(x, layer.who, s);
    return {all.output, all.h, all.c};
}

struct lstm_cell_options {
    whole hidden_size = 0;  ///< units; must be given
    bool bias = true;
    bool peepholes = false;  ///< as lstm, and what follows
    float clip = 0;
    bool input_forget = false;
    recurrent_functions activations = {};
};

/// One step of an LSTM, for callers that keep the states: `const auto [h1, c1] = x | lstm_cell{"cell",
/// {.hidden_size = 16}, {h, c}};`
///
/// Shapes   NxI, h and c NxH -> h and c NxH. Without states it begins with zeros.
/// Weights  weight_ih [4H, I], weight_hh [4H, H], bias_ih, bias_hh [4H]; with peepholes weight_ch [3H].
/// Errors   as lstm. Source   torch.nn.LSTMCell.
struct lstm_cell {
    subject who;
    lstm_cell_options options;
    lstm_state state;
    constexpr lstm_cell(name at, lstm_cell_options o, lstm_state s = {},
        std::source_location where = std::source_location::current())
        : who{"lstm_cell", at, where}, options(o), state(s) {}
};

constexpr lstm_state operator|(const tensor& x, const lstm_cell& layer) {
    const recurrent_outputs all = apply_cell(x, layer.who,
        {.kind = recurrent_kind::lstm,
            .hidden_size = layer.options.hidden_size,
            .bias = layer.options.bias,
            .peepholes = layer.options.peepholes,
            .input_forget = layer.options.input_forget,
            .clip = layer.options.clip,
            .functions = layer.options.activations,
            .h = layer.state.h,
            .c = layer.state.c});
    return {all.h, all.c};
}

}  // namespace lamina
