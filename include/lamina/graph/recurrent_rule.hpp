// SPDX-License-Identifier: Apache-2.0
// Shared by lstm, gru, rnn and their cells: what their options mean as nodes. The products of all steps
// with the input are one linear a direction; op::recurrent is the rest.
#pragma once
#include <lamina/graph/apply.hpp>
#include <lamina/graph/slice_rule.hpp>

namespace lamina {

constexpr int gates_of(recurrent_kind kind) {
    return kind == recurrent_kind::lstm                                          ? 4
        : kind == recurrent_kind::gru || kind == recurrent_kind::gru_reset_first ? 3
                                                                                 : 1;
}

/// A function of one value with its scalars, as an option of a layer: `function::relu`, whose scalars are
/// the function's defaults, or `{function::leaky_relu, 0.1f}`.
struct gate_function {
    function kind;
    float scalars[2] = {};
    constexpr gate_function(function of)
        : kind(of), scalars{row_of(of).traits.defaults[0], row_of(of).traits.defaults[1]} {}
    constexpr gate_function(function of, float first) : gate_function(of) { scalars[0] = first; }
    constexpr gate_function(function of, float first, float second)
        : kind(of), scalars{first, second} {}
    constexpr bool operator==(const gate_function&) const = default;
};

/// The functions of a cell: of its gates (of an rnn, of its only sum), of g or n, and of an LSTM's c; f, g
/// and h in ONNX.
struct recurrent_functions {
    gate_function f = function::sigmoid, g = function::tanh, h = function::tanh;
    constexpr bool operator==(const recurrent_functions&) const = default;
};
/// Of a second direction: the function of the first.
inline constexpr gate_function as_forward(function::end, 0, 0);

/// The functions of the direction from the last step to the first.
struct reverse_functions {
    gate_function f = as_forward, g = as_forward, h = as_forward;
    constexpr recurrent_functions beside(recurrent_functions forward) const {
        if (f != as_forward) forward.f = f;
        if (g != as_forward) forward.g = g;
        if (h != as_forward) forward.h = h;
        return forward;
    }
};
constexpr recurrent_functions usual_functions(recurrent_kind kind) {
    if (kind == recurrent_kind::rnn_tanh) return {.f = function::tanh};
    if (kind == recurrent_kind::rnn_relu) return {.f = function::relu};
    return {};
}

/// As node::numbers; none of the usual ones.
constexpr dynamic_array<int> numbers_of(recurrent_kind kind, const recurrent_functions& all) {
    dynamic_array<int> out;
    if (all == usual_functions(kind)) return out;
    for (const gate_function& one : {all.f, all.g, all.h}) {
        out.push_back(static_cast<int>(one.kind));
        for (float scalar : one.scalars) out.push_back(__builtin_bit_cast(int, scalar));
    }
    return out;
}
constexpr recurrent_functions functions_of(const node& n) {
    if (n.numbers.empty()) return usual_functions(static_cast<recurrent_kind>(n.attr.kind));
    const auto one = [&](std::size_t k) {
        return gate_function(static_cast<function>(n.numbers[3 * k]),
            __builtin_bit_cast(float, n.numbers[3 * k + 1]),
            __builtin_bit_cast(float, n.numbers[3 * k + 2]));
    };
    return {one(0), one(1), one(2)};
}

inline constexpr int recurrent_parts = 4;  ///< weight of h, its bias, projection, factors of c

/// Where op::recurrent has a parameter of a direction.
constexpr int recurrent_slot(int direction, int part) { return direction * recurrent_parts + part; }

/// The extents of a node of op::recurrent.
struct recurrent_extents {
    recurrent_kind kind = recurrent_kind::lstm;
    int directions = 1, gates = 1;  ///< an input each direction; states follow them
    int steps = 1, rows = 1;        ///< rows: of the batch
    int hidden = 1, out = 1;        ///< out: of h, behind the projection
    bool has_projection = false, has_peepholes = false, has_lengths = false;
    bool couples = false;  ///< an LSTM's forget gate is 1 - i
    float clip = 0;        ///< what functions f and g get is at most that far from 0; 0: anything
    int states = 0;        ///< inputs to begin with: h, or h and c
};
constexpr recurrent_extents extents_of(const node& n, const shape& weight) {
    recurrent_extents e;
    e.kind = static_cast<recurrent_kind>(n.attr.kind);
    e.directions = n.parameters[recurrent_slot(1, 0)] >= 0 ? 2 : 1;
    e.gates = gates_of(e.kind);
    e.steps = n.dims[n.attr.axis];
    e.rows = n.dims[1 - n.attr.axis];
    e.hidden = weight.n / e.gates;
    e.out = weight.c;
    e.has_projection = n.parameters[recurrent_slot(0, 2)] >= 0;
    e.has_peepholes = n.parameters[recurrent_slot(0, 3)] >= 0;
    e.has_lengths = n.attr.mask & with_lengths;
    e.couples = n.attr.mask & couples_gates;
    e.clip = n.attr.scalars[0];
    e.states = static_cast<int>(n.inputs.size()) - e.directions - e.has_lengths;
    return e;
}

/// The options of all recurrent layers; each layer names those that it has.
struct recurrent_settings {
    recurrent_kind kind = recurrent_kind::lstm;
    int hidden_size = 0, num_layers = 1, proj_size = 0;
    bool bias = true, batch_first = false, bidirectional = false, peepholes = false;
    bool input_forget = false;
    float dropout = 0, clip = 0;
    recurrent_functions functions = {}, of_reverse = {};
    bool is_cell = false;      ///< weights without a layer's number, one step
    unsigned backward = 0b10;  ///< bit d: direction d begins at the last step
    tensor h = {}, c = {};     ///< the states to begin with
    tensor lengths = {};       ///< the steps of each row of the batch
};

/// Of the options that lstm, gru and rnn have in common.
template <class Options>
constexpr recurrent_settings settings_of(recurrent_kind kind, const recurrent_functions& functions,
    const reverse_functions& of_reverse, const Options& o, const tensor& lengths, const tensor& h,
    const tensor& c = {}) {
    return {.kind = kind,
        .hidden_size = o.hidden_size,
        .num_layers = o.num_layers,
        .bias = o.bias,
        .batch_first = o.batch_first,
        .bidirectional = o.bidirectional,
        .dropout = o.dropout,
        .clip = o.clip,
        .functions = functions,
        .of_reverse = of_reverse.beside(functions),
        .h = h,
        .c = c,
        .lengths = lengths};
}

/// The three outputs; c of an LSTM only.
struct recurrent_outputs {
    tensor output, h, c;
};

namespace detail {

/// "weight_ih_l0_reverse"
constexpr text<40> recurrent_name(
    const char* what, const recurrent_settings& s, int layer, int direction) {
    text<40> out(what);
    if (!s.is_cell) out.append("_l").append(layer);
    if (direction) out.append("_reverse");
    return out;
}

/// An optional node's result.
constexpr tensor may_stay_unread(const tensor& x, std::size_t nodes_before) {
    network& net = network_of(x);
    if (net.nodes.size() > nodes_before) net.nodes.back().is_optional = true;
    return x;
}

constexpr tensor reshape_if_read(const tensor& x, const subject& who, const shape& dims) {
    const std::size_t before = network_of(x).nodes.size();
    return may_stay_unread(reshape_to(x, who, dims), before);
}

/// A state to begin with, of all layers. False if it does not fit.
constexpr bool needs_state(network& net, const subject& who, const tensor& state, const char* what,
    const shape& wanted, int position) {
    if (!needs_owned(net, who, state, position) || !needs_values(net, who, state)) return false;
    if (state.dims == wanted) return true;
    net.report(problem_id::operands, who, "state ", what, " is ", to_text(state.dims), " (",
        maker_text(net, state, who), "), the layer needs ", to_text(wanted),
        "; check hidden_size, num_layers and the batch");
    return false;
}

/// The steps of each row of the batch. False if they do not fit.
constexpr bool needs_lengths(
    network& net, const subject& who, const tensor& lengths, int rows, int position) {
    if (!needs_owned(net, who, lengths, position)) return false;
    if (lengths.type != dtype::i32) {
        net.report(problem_id::dtype_mismatch, who, "lengths are ", to_text(lengths.type),
            ", i32 is needed; give an input of dtype::i32, or cast them");
        return false;
    }
    if (lengths.dims == shape{rows}) return true;
    net.report(problem_id::operands, who, "lengths are ", to_text(lengths.dims), " (",
        maker_text(net, lengths, who), "), the layer needs ", rows,
        ", one for each row of the batch");
    return false;
}

/// Directions `first` ... of one layer, as one node: all of them have the same functions.
constexpr recurrent_outputs recurrent_directions(const tensor& x, const subject& who,
    const recurrent_settings& s, int layer, int first, int directions) {
    network& net = network_of(x);
    const int all_directions = s.bidirectional ? 2 : 1, gates = gates_of(s.kind);
    const int out = s.proj_size ? s.proj_size : s.hidden_size, wide = gates * s.hidden_size;
    const int time = s.batch_first ? 1 : 0;
    node made;
    made.kind = op::recurrent;
    made.attr.kind = static_cast<int>(s.kind);
    made.attr.axis = time;
    made.attr.mask = (s.backward >> first & backward_bits)
        | (s.lengths.net ? with_lengths : 0u)
        | (s.input_forget ? couples_gates : 0u);
    made.attr.scalars[0] = s.clip;
    made.numbers = numbers_of(s.kind, first ? s.of_reverse : s.functions);
    for (int d = first; d < first + directions; ++d) {
        node product;
        product.kind = op::linear;
        product.inputs = {x.id};
        product.dims = x.dims;
        product.dims.at(2) = wide;
        product.parameters[weight_slot]
            = net.weights(who, recurrent_name("weight_ih", s, layer, d).c_str(), {wide, x.dims[2]});
        if (s.bias)
            product.parameters[bias_slot]
                = net.weights(who, recurrent_name("bias_ih", s, layer, d).c_str(), {wide});
        made.inputs.push_back(net.add(who, product).id);
    }
    // Their part of the states.
    for (const tensor& state : {s.h, s.c})
        if (state.net)
            made.inputs.push_back(state.dims.n == directions
                    ? state.id
                    : apply_slice(state, {who.layer, {}, who.where}, 0,
                          layer * all_directions + first, directions, 1)
                          .id);
    if (s.lengths.net) made.inputs.push_back(s.lengths.id);
    for (int d = 0; d < directions; ++d) {
        const auto weight = [&](int part, const char* what, const shape& dims) {
            made.parameters[recurrent_slot(d, part)]
                = net.weights(who, recurrent_name(what, s, layer, first + d).c_str(), dims);
        };
        weight(0, "weight_hh", {wide, out});
        if (s.bias) weight(1, "bias_hh", {wide});
        if (s.proj_size) weight(2, "weight_hr", {out, s.hidden_size});
        if (s.peepholes) weight(3, "weight_ch", {3 * s.hidden_size});
    }
    made.dims = x.dims;
    made.dims.at(2) = directions * out;
    const shape last{directions, x.dims[1 - time], out},
        cells{directions, x.dims[1 - time], s.hidden_size};
    recurrent_outputs all;
    all.output = net.add(who, made);
    all.h = net.add_further(who, all.output, last, dtype::f32);
    if (s.kind == recurrent_kind::lstm) all.c = net.add_further(who, all.output, cells, dtype::f32);
    return all;
}

/// One tensor of all layers' or directions' outputs.
constexpr tensor joined(const dynamic_array<tensor>& parts, const subject& who, int axis) {
    if (parts.size() == 1) return parts[0];
    network& net = network_of(parts[0]);
    node made;
    made.kind = op::concat;
    made.attr.axis = axis;
    made.dims = parts[0].dims;
    made.dims.at(axis) = 0;
    for (const tensor& part : parts) {
        made.dims.at(axis) += part.dims[axis];
        made.inputs.push_back(part.id);
    }
    const std::size_t before = net.nodes.size();
    return may_stay_unread(net.add({who.layer, {}, who.where}, made), before);
}

/// One layer of all directions.
constexpr recurrent_outputs recurrent_layer(
    const tensor& x, const subject& who, const recurrent_settings& s, int layer) {
    if (!s.bidirectional || s.of_reverse == s.functions)
        return recurrent_directions(x, who, s, layer, 0, s.bidirectional ? 2 : 1);
    const recurrent_outputs forward = recurrent_directions(x, who, s, layer, 0, 1),
                            reverse = recurrent_directions(x, who, s, layer, 1, 1);
    recurrent_outputs all{joined({forward.output, reverse.output}, who, 2),
        joined({forward.h, reverse.h}, who, 0), {}};
    if (forward.c.net) all.c = joined({forward.c, reverse.c}, who, 0);
    return all;
}

/// A function that a gate can have: of one number, and a number again. Errors   LAM-08.
constexpr void settle_function(network& net, const subject& who, const char* which,
    gate_function& f, const gate_function& otherwise) {
    if (f == as_forward) {
        net.report(problem_id::option_range, who, which,
            " is as_forward, which is of the reverse direction; use a function of one number");
        f = otherwise;
        return;
    }
    const function_row& row = row_of(f.kind);
    const scalar_rule rule = row.traits.rule;
    if (row.traits.values != 1 || f.kind >= function::eq_scalar)
        net.report(problem_id::option_range, who, which, " is ", row.name(),
            "; use a function of one number, such as function::tanh");
    else if ((rule == scalar_rule::not_zero && f.scalars[0] == 0)
        || (rule == scalar_rule::not_negative && f.scalars[0] < 0))
        net.report(problem_id::option_range, who, which, " is ", row.name(), " of ",
            f.scalars[0] == 0 ? "0; use another number" : "a negative number; use 0 or more");
    else
        return;
    f = otherwise;
}

/// Makes options sound. Errors   LAM-08.
constexpr void settle_recurrent(network& net, const subject& who, recurrent_settings& s) {
    constexpr int most_units = 1 << 20,
                  most_layers = 256;  // weights stay far below the limits of int
    if (s.hidden_size < 1 || s.hidden_size > most_units) {
        net.report(problem_id::option_range, who, "hidden_size ", s.hidden_size, " is not 1 to ",
            most_units, " (write .hidden_size = units)");
        s.hidden_size = 1;
    }
    if (s.num_layers < 1 || s.num_layers > most_layers) {
        net.report(problem_id::option_range, who, "num_layers ", s.num_layers, " is not 1 to ",
            most_layers);
        s.num_layers = 1;
    }
    if (s.proj_size < 0 || (s.proj_size && s.proj_size >= s.hidden_size)) {
        net.report(problem_id::option_range, who, "proj_size ", s.proj_size, " and hidden_size ",
            s.hidden_size, "; a projection makes h smaller: use 1 to ", s.hidden_size - 1,
            ", or 0 for none");
        s.proj_size = 0;
    }
    if (!(s.clip >= 0 && s.clip <= 3.4e38f)) {
        net.report(problem_id::option_range, who,
            "clip is a bound of magnitudes: a number above 0, or 0 for none");
        s.clip = 0;
    }
    const recurrent_functions usual = usual_functions(s.kind), given = s.functions;
    const bool is_plain = gates_of(s.kind) == 1;
    if (!s.bidirectional && !(s.of_reverse == given))
        net.report(problem_id::option_range, who,
            is_plain ? "reverse_nonlinearity is" : "reverse_activations are",
            " of a second direction; add .bidirectional = true, or remove it");
    settle_function(net, who, is_plain ? "nonlinearity" : "activations.f", s.functions.f, usual.f);
    settle_function(net, who, "activations.g", s.functions.g, usual.g);
    settle_function(net, who, "activations.h", s.functions.h, usual.h);
    const auto settle_reverse = [&](const char* which, gate_function& f, const gate_function& first,
                                    const gate_function& settled) {
        if (f == first)
            f = settled;
        else
            settle_function(net, who, which, f, settled);
    };
    settle_reverse(is_plain ? "reverse_nonlinearity" : "reverse_activations.f", s.of_reverse.f,
        given.f, s.functions.f);
    settle_reverse("reverse_activations.g", s.of_reverse.g, given.g, s.functions.g);
    settle_reverse("reverse_activations.h", s.of_reverse.h, given.h, s.functions.h);
    if (!(s.dropout >= 0 && s.dropout <= 1))
        net.report(problem_id::option_range, who,
            "dropout is a probability, from 0 to 1; it has no effect on inference");
}

}  // namespace detail

/// Layers above each other. Errors   LAM-01 rank; LAM-04 a state's shape or that of lengths; LAM-08
/// options; LAM-16; LAM-17; LAM-22 no steps.
constexpr recurrent_outputs apply_recurrent(
    const tensor& from, const subject& who, recurrent_settings s) {
    network& net = network_of(from);
    const subject nameless{who.layer, {}, who.where};
    detail::settle_recurrent(net, who, s);
    needs_values(net, who, from);
    const int rank = from.dims.rank, time = s.batch_first && rank == 3 ? 1 : 0;
    if (rank < 2 || rank > 3) {
        net.report(problem_id::shape_rank, who, "input ", to_text(from.dims), " has ", rank,
            " axes; 3 are needed (steps, batch, features), or 2 without a batch");
        return {from, from, from};
    }
    // Without a batch, one row of it.
    const bool has_batch = rank == 3;
    s.batch_first = time == 1;
    const auto with_batch = [&](const tensor& x) {
        return has_batch || !x.net ? x : reshape_to(x, nameless, {x.dims.n, 1, x.dims.c});
    };
    if (from.dims[time] == 0)
        net.report(problem_id::extent_range, who, "input ", to_text(from.dims),
            " has no steps on axis ", time, "; a sequence needs at least one");
    const int directions = s.bidirectional ? 2 : 1, out = s.proj_size ? s.proj_size : s.hidden_size;
    const auto state_dims = [&](int width) {
        const int layers = s.num_layers * directions;
        return has_batch ? shape{layers, from.dims[1 - time], width} : shape{layers, width};
    };
    const bool is_lstm = s.kind == recurrent_kind::lstm;
    const shape h_dims = state_dims(out), c_dims = state_dims(s.hidden_size);
    if (is_lstm && !s.h.net != !s.c.net) {
        net.report(problem_id::operands, who, "state ", s.h.net ? "h" : "c",
            " is given without the other one; an LSTM begins with both, h and c, or with zeros");
        s.h = s.c = {};
    }
    bool fits = !s.h.net || detail::needs_state(net, who, s.h, "h", h_dims, 2);
    fits = (!s.c.net || detail::needs_state(net, who, s.c, "c", c_dims, 3)) && fits;
    if (!fits) s.h = s.c = {};
    s.h = with_batch(s.h);
    s.c = with_batch(s.c);
    const int rows = has_batch ? from.dims[1 - time] : 1;
    if (s.lengths.net && !detail::needs_lengths(net, who, s.lengths, rows, is_lstm ? 4 : 3))
        s.lengths = {};

    tensor x = with_batch(from);
    dynamic_array<tensor> h, c;
    for (int layer = 0; layer < s.num_layers; ++layer) {
        const recurrent_outputs one = detail::recurrent_layer(x, who, s, layer);
        x = one.output;
        h.push_back(one.h);
        if (is_lstm) c.push_back(one.c);
    }
    recurrent_outputs all{x, detail::joined(h, who, 0), {}};
    if (is_lstm) all.c = detail::joined(c, who, 0);
    if (has_batch) return all;
    const auto without_batch = [&](const tensor& y) {
        return detail::reshape_if_read(y, nameless, {y.dims.n, y.dims.h});
    };
    all.output = without_batch(all.output);
    all.h = without_batch(all.h);
    if (is_lstm) all.c = without_batch(all.c);
    return all;
}

/// One step, whose states the caller keeps: x [B, I], h [B, H] and c [B, H] to the next h and c.
/// Errors   as apply_recurrent.
constexpr recurrent_outputs apply_cell(
    const tensor& from, const subject& who, recurrent_settings s) {
    network& net = network_of(from);
    const subject nameless{who.layer, {}, who.where};
    s.is_cell = true;
    s.of_reverse = s.functions;
    if (from.dims.rank != 2) {
        net.report(problem_id::shape_rank, who, "input ", to_text(from.dims), " has ",
            from.dims.rank, " axes; 2 are needed (batch, features)");
        return {from, from, from};
    }
    const auto as_step = [&](const tensor& x) {
        return !x.net || x.dims.rank != 2 || !net.owns(x)
            ? x
            : reshape_to(x, nameless, {1, x.dims.n, x.dims.c});
    };
    s.h = as_step(s.h);
    s.c = as_step(s.c);
    const recurrent_outputs one = apply_recurrent(as_step(from), who, s);
    const auto as_rows = [&](const tensor& y) {
        return detail::reshape_if_read(y, nameless, {y.dims.c, y.dims.h});
    };
    recurrent_outputs out;
    out.output = out.h = as_rows(one.output);
    if (s.kind == recurrent_kind::lstm) out.c = as_rows(one.c);
    return out;
}

}  // namespace lamina
