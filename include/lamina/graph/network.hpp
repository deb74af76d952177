// SPDX-License-Identifier: Apache-2.0
// A network under construction: inputs, outputs, nodes, the weights that it reads, problems. A definition
// receives one by reference; it runs the same in the compiler, under a debugger and in a fuzzer.
#pragma once
#include <lamina/core/dynamic_array.hpp>
#include <lamina/core/error_text.hpp>
#include <lamina/core/name_table.hpp>
#include <lamina/core/pattern.hpp>
#include <lamina/graph/dim.hpp>
#include <lamina/graph/node.hpp>
#include <lamina/graph/problem.hpp>
#include <lamina/graph/round_weights.hpp>
#include <lamina/graph/tensor.hpp>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <span>
#include <utility>

namespace lamina {

/// A named result of the network.
struct output_binding {
    name at;
    int node = -1;
    int line = 0;
};

/// The layer that a message is about, filled from its arguments.
struct subject {
    const char* layer;
    name at;
    std::source_location where;
};

class network {
public:
    dynamic_array<node> nodes;
    dynamic_array<lamina::parameter> parameters;
    dynamic_array<output_binding> outputs;
    dynamic_array<problem> problems;
    dynamic_array<dim_range> ranges;  ///< of the dims, in the order of their first lines
    /// Before a definition runs: values for dims other than opt, kept by the caller.
    std::span<const dim_value> chosen;

    /// Records a problem; the parts are texts and ints. First in the class: clang 16
    /// cannot evaluate a member template that the bodies above it call.
    template <class... Parts>
    constexpr void report(problem_id id, const subject& who, const Parts&... parts) {
        problem found{id, who.where.file_name(), static_cast<int>(who.where.line()), {}};
        found.what.append(who.layer);
        if (!who.at.empty()) found.what.append(" '").append(who.at.view()).append("'");
        found.what.append(": ");
        (found.what.append(parts), ...);
        problems.push_back(found);
    }

    /// A named input. Shapes   dims as given, batch included; {} is a scalar. Units   elements.
    /// Errors   LAM-15 the name is empty or taken; LAM-22 an extent is negative.
    constexpr tensor input(name at, shape dims, dtype type = dtype::f32,
        std::source_location where = std::source_location::current()) {
        const subject who{"input", at, where};
        if (at.empty())
            report(problem_id::binding_name, who, "has no name; name it, callers bind it by name");
        for (const node& other : nodes)
            if ((is_input(other.kind) || is_state(other.kind)) && other.at == at)
                report(problem_id::binding_name, who, "is already declared on line ", other.line,
                    "; give each input its own name");
        if (type != dtype::f32 && !is_integer(type))
            report(problem_id::dtype_mismatch, who, "is ", to_text(type),
                "; inputs are f32, i32, i8, u8 or boolean, the plan has the storage precision");
        node made;
        made.type = type;
        made.dims = dims;
        return add(who, made);
    }

    /// A number that may change while the program runs, with the values that it may have:
    /// `net.dim("batch", {.min = 1, .opt = 1, .max = 8})`. It is a plain int, for shapes, loops, options and
    /// `expect`. plan<Net> is made for opt, once the network was checked at min, max and values between.
    /// Several lines may name one dim, with one range. docs/guide/shapes.md.
    /// Returns  the value: opt, or what network::chosen has.
    /// Errors   LAM-26 no name, min below 1, max below min, opt or max not min plus a number of steps, or
    ///          another range than before.
    /// Source   TensorRT's optimization profiles (min, opt, max of each input), PyTorch's
    ///          torch.export.Dim. Here a dim belongs to the network and has a step.
    constexpr int dim(name at, const dim_options& options,
        std::source_location where = std::source_location::current()) {
        const subject who{"dim", at, where};
        dim_range made(at, options, static_cast<int>(where.line()));
        sentence fault = detail::fault_of(made);
        for (const dim_value& wanted : chosen)
            if (fault.empty() && wanted.at == at) {
                made.value = wanted.value;
                fault = detail::refuses(made, "value", made.value);
            }
        if (!fault.empty()) {
            report(problem_id::dim_range, who, fault);
            return made.min < 1 ? 1 : made.min;
        }
        for (const lamina::dim_range& other : ranges) {
            if (!(other.at == at)) continue;
            if (!other.is_same_range(made))
                report(problem_id::dim_range, who, detail::two_ranges(other, made));
            return other.value;
        }
        ranges.push_back(made);
        return made.value;
    }

    /// The same with the element type before the shape: `net.input("image", u8, {1, 480, 640, 3})`.
    constexpr tensor input(name at, dtype type, shape dims,
        std::source_location where = std::source_location::current()) {
        return input(at, dims, type, where);
    }

    /// A tensor of the weights file as a value: class tokens, position tables, constants.
    /// `at` is its full name in the file. Shapes   dims as in the file; {} is a scalar (logit_scale).
    /// Errors   LAM-06, LAM-07 names; LAM-22 an extent is negative.
    /// Source   torch.nn.Parameter and buffers.
    constexpr tensor parameter(
        name at, shape dims, std::source_location where = std::source_location::current()) {
        const subject who{"parameter", at, where};
        node made;
        made.kind = op::parameter;
        made.dims = dims;
        made.parameters[weight_slot] = weights(who, "", dims);
        return add(who, made);
    }

    /// A value that a context keeps from one run to the next, zeros when it is made: a cache of keys,
    /// what a recurrent layer ended with. It is read like any tensor; `update` changes it in place, and
    /// later lines read what that returns: `k = update(k, rows, {.axis = 2, .position = at})`. From
    /// outside: context::reset_state, get_state, set_state. docs/guide/states.md.
    /// Shapes   dims as given, batch included.
    /// Units    f32 is stored as the plan stores values; i32, i8, u8 and boolean as they are.
    /// Errors   LAM-15 the name is empty, or that of another state or input; LAM-16 another type; LAM-22 an
    ///          extent is below 1.
    /// Source   Keras' add_weight(trainable=False), torch's register_buffer and the static cache of
    ///          transformers; each context has its own.
    constexpr tensor state(name at, shape dims, dtype type = dtype::f32,
        std::source_location where = std::source_location::current()) {
        const subject who{"state", at, where};
        if (at.empty())
            report(problem_id::binding_name, who, "has no name; name it, contexts find it by name");
        for (const node& other : nodes)
            if ((is_state(other.kind) || is_input(other.kind)) && other.at == at)
                report(problem_id::binding_name, who, "is already declared on line ", other.line,
                    "; give each state and input its own name");
        if (type != dtype::f32 && !is_integer(type))
            report(problem_id::dtype_mismatch, who, "is ", to_text(type),
                "; states are f32, i32, i8, u8 or boolean, the plan has the storage precision");
        if (dims.is_empty()) {
            report(problem_id::extent_range, who, "the shape ", to_text(dims),
                " has no elements; every extent is at least 1");
            dims = shape{1};
        }
        node made;
        made.kind = op::state;
        made.type = type;
        made.dims = dims;
        return add(who, made);
    }

    /// A tensor of numbers that the definition itself has: anchors, index tables, masks. They are
    /// part of the plan, not of the weights file: `net.constant({0, 2, 1})` is i32,
    /// `net.constant({10.f, 13.f, 16.f, 30.f}, {2, 2})` f32. std::array and std::vector work as well.
    /// Shapes   dims, row-major; without them one axis. Differs from a parameter: what is too large for
    /// a plan's 16 bits is stored as their largest number.
    /// Errors   LAM-08 a whole number outside i32; LAM-10 dims have another number of elements; LAM-22
    /// an extent is negative.
    template <class Number>
    constexpr tensor constant(std::initializer_list<Number> numbers,
        std::source_location where = std::source_location::current()) {
        return constant_of(std::span<const Number>(numbers.begin(), numbers.size()),
            {static_cast<int>(numbers.size())}, where);
    }
    template <class Number>
    constexpr tensor constant(std::initializer_list<Number> numbers, const shape& dims,
        std::source_location where = std::source_location::current()) {
        return constant_of(std::span<const Number>(numbers.begin(), numbers.size()), dims, where);
    }
    template <class Range>
        requires requires(const Range& r) { std::span(r.data(), r.size()); }
    constexpr tensor constant(
        const Range& numbers, std::source_location where = std::source_location::current()) {
        return constant_of(
            std::span(numbers.data(), numbers.size()), {static_cast<int>(numbers.size())}, where);
    }
    template <class Range>
        requires requires(const Range& r) { std::span(r.data(), r.size()); }
    constexpr tensor constant(const Range& numbers, const shape& dims,
        std::source_location where = std::source_location::current()) {
        return constant_of(std::span(numbers.data(), numbers.size()), dims, where);
    }

    /// The step that computes `x`, with what is fused into it, has this precision whatever the plan's
    /// is: `net.keep(x, dtype::f32)`. f32: its factors and result are floats, not rounded for matrix
    /// units either. f16, bf16: its weights, what it reads and its result are stored in 16 bits. Sums
    /// are float in all of them. Of a reshape, permute, slice or concat: the steps that compute its
    /// inputs. docs/guide/precision.md.
    /// Errors   LAM-16 another type; LAM-17 not a tensor of this network; LAM-24 an input.
    /// Source   TensorRT's precision of a layer. PyTorch's autocast chooses types by the kind of op
    ///          instead; here only what is named has its own.
    constexpr void keep(
        const tensor& x, dtype type, std::source_location where = std::source_location::current()) {
        const subject who{"keep", {}, where};
        if (!may_keep(who, type)) return;
        if (!owns(x))
            report(problem_id::foreign_tensor, who,
                "is not a tensor of this network; pass one that "
                "input() or a layer of this define made");
        else if (!keep_maker(x.id, type))
            report(problem_id::name_pattern, who,
                "is of an input, which no step computes; pass the result of a layer that reads it");
    }
    /// The same of all layers before this line whose names match a pattern (`*`: any characters, `?`:
    /// one): `net.keep("head.*", dtype::f32)`.
    /// Errors   LAM-16 another type; LAM-24 no layer has such a name.
    constexpr void keep(std::string_view pattern, dtype type,
        std::source_location where = std::source_location::current()) {
        const subject who{"keep", {}, where};
        if (!may_keep(who, type)) return;
        bool found = false;
        for (int id = 0; id < static_cast<int>(nodes.size()); ++id) {
            const name& at = nodes[static_cast<std::size_t>(id)].at;
            if (!at.empty() && matches(pattern, at.view())) found = keep_maker(id, type) || found;
        }
        if (!found)
            report(problem_id::name_pattern, who, "no layer is called '", pattern,
                "' so far; correct the pattern, or write it behind the layers");
    }

    /// All linear layers before this line store their weights in few bits, of which a group of neighbouring
    /// inputs of an output shares a scale: `net.quantize_weights({.bits = 4, .group = 64})`. Activations
    /// and sums stay as they are. A layer whose weights another one reads too (a head tied to an embedding)
    /// keeps its floats unless a pattern names it. docs/guide/precision.md.
    /// Errors   LAM-08 bits, group; LAM-24 there is no such layer.
    /// Source   GPTQ and AWQ, whose files engines read as they are; torchao's Int4WeightOnlyConfig.
    constexpr void quantize_weights(const weight_options& options,
        std::source_location where = std::source_location::current()) {
        quantize_weights({}, options, where);
    }
    /// The same of linear layers whose names match a pattern, tied or not: `net.quantize_weights("layers.*",
    /// {.bits = 4})`.
    constexpr void quantize_weights(std::string_view pattern, const weight_options& options,
        std::source_location where = std::source_location::current()) {
        const subject who{"quantize_weights", {}, where};
        if (const sentence fault = detail::fault_of(options); !fault.empty())
            return report(problem_id::option_range, who, fault);
        const weight_groups wanted{options.bits, options.group, options.zero_points};
        if (!detail::round_weights(nodes, pattern, wanted))
            report(problem_id::name_pattern, who, "no linear layer",
                pattern.empty() ? "" : " is called '", pattern, pattern.empty() ? "" : "'",
                " so far; write it behind the layers");
    }

    /// Names a result. The same tensor may be an output and be used further.
    /// Errors   LAM-15 the name is empty or taken; LAM-17 not a tensor of this network.
    constexpr void output(
        name at, const tensor& x, std::source_location where = std::source_location::current()) {
        const subject who{"output", at, where};
        if (at.empty())
            report(problem_id::binding_name, who, "has no name; name it, callers read it by name");
        for (const output_binding& other : outputs)
            if (other.at == at)
                report(problem_id::binding_name, who, "is already declared on line ", other.line,
                    "; give each output its own name");
        if (!owns(x)) {
            report(problem_id::foreign_tensor, who,
                "is not a tensor of this network; pass one that input() or a layer made");
            return;
        }
        outputs.push_back({at, x.id, static_cast<int>(where.line())});
    }

    /// Appends a node (layers call this) and returns its handle. An impossible output shape is a
    /// problem and becomes 1 in each such axis, so that building can continue.
    constexpr tensor add(const subject& who, node made) {
        made.at = who.at;
        made.layer = who.layer;
        made.file = who.where.file_name();
        made.line = static_cast<int>(who.where.line());
        if (who.at.overflowed)
            report(problem_id::text_too_long, who,
                "the name is longer than 255 characters; shorten it");
        if (made.dims.rank == 0) made.dims = shape{};
        if (made.dims.rank > max_rank) {
            report(problem_id::shape_rank, who, "a tensor has at most 6 axes, this one would have ",
                made.dims.rank, "; reshape into fewer");
            made.dims.rank = max_rank;
        }
        double elements = 1;
        for (int axis = 0; axis < made.dims.rank; ++axis) {
            if (made.dims[axis] < 0) {
                report(problem_id::extent_range, who, "the shape ", to_text(made.dims),
                    " has extent ", made.dims[axis], " on axis ", axis,
                    "; every extent is at least 0");
                made.dims.at(axis) = 1;
            }
            if (made.dims[axis])  // empty tensors have strides too
                elements *= made.dims[axis];
        }
        if (elements > 1073741824.0) {  // 2^30: element indices stay far inside a 32-bit int
            report(problem_id::extent_range, who, "the shape ", to_text(made.dims),
                " has more than 1073741824 elements; use a smaller batch or input");
            made.dims = shape{1};
        }
        settle_emptiness(who, made);
        const shape dims = made.dims;
        const dtype type = made.type;
        nodes.push_back(std::move(made));
        return {this, static_cast<int>(nodes.size()) - 1, dims, type};
    }

    /// Appends another output of the node that was added last, with the same name: number 1, 2, ...
    constexpr tensor add_further(const subject& who, const tensor& of, shape dims, dtype type) {
        node made;
        made.kind = op::further;
        made.type = type;
        made.dims = dims;
        made.inputs = {of.id};
        made.attr.axis = static_cast<int>(nodes.size()) - of.id;
        return add(who, made);
    }

    /// Registers a weights tensor `who.at / suffix` (layers call this before add()).
    /// Returns its index. Errors   LAM-07 the layer has no name; LAM-06 the name is used; LAM-22 it
    /// would be empty, or too large.
    constexpr int weights(const subject& who, const char* suffix, shape dims) {
        if (who.at.empty())
            report(problem_id::name_missing, who, "has weights '", suffix,
                "' but no name; write the name that it has in the weights file first");
        if (*suffix && dims.is_empty())
            report(problem_id::extent_range, who, "weights '", suffix, "' would have shape ",
                to_text(dims), ", which is empty; check the input's extents");
        double elements = 1;
        for (int axis = 0; axis < dims.rank; ++axis) elements *= dims[axis];
        if (elements > 1073741824.0)
            report(problem_id::extent_range, who, "weights '", suffix, "' would have shape ",
                to_text(dims), ", more than 1073741824 elements; use fewer channels");
        const name full = *suffix ? who.at / suffix : who.at;
        if (full.overflowed && !who.at.overflowed)
            report(problem_id::text_too_long, who, "the weights name '", full.view(),
                "...' is longer than 255 characters; shorten it");
        const std::uint64_t hash = hash_of(full);
        if (const int other = names_.find(hash); other < 0) {
            names_.insert(hash, static_cast<int>(parameters.size()));
        } else if (const int user = parameters[static_cast<std::size_t>(other)].node;
            user < static_cast<int>(nodes.size())) {
            const lamina::parameter& first = parameters[static_cast<std::size_t>(other)];
            const int line = nodes[static_cast<std::size_t>(user)].line;
            if (who.at.is_shared && first.dims == dims) return other;
            if (who.at.is_shared)
                report(problem_id::name_reused, who, "shared weights '", full.view(), "' are ",
                    to_text(first.dims), " on line ", line, " and ", to_text(dims),
                    " here; layers that share weights must agree on their shape");
            else
                report(problem_id::name_reused, who, "weights '", full.view(),
                    "' are already used on line ", line,
                    "; give each layer its own name, or write name(...).shared()");
        }
        parameters.push_back({full, dims, static_cast<int>(nodes.size()), hash});
        return static_cast<int>(parameters.size()) - 1;
    }

    constexpr bool owns(const tensor& x) const {
        return x.net == this && x.id >= 0 && x.id < static_cast<int>(nodes.size());
    }

private:
    name_table names_;  ///< of the parameters

    template <class Number>
    constexpr tensor constant_of(
        std::span<const Number> numbers, const shape& dims, std::source_location where) {
        static_assert(
            std::floating_point<Number> || (std::integral<Number> && !std::same_as<Number, bool>),
            "constant() takes floats, which make f32, or ints, which make i32");
        const subject who{"constant", {}, where};
        node made;
        made.kind = op::constant;
        made.type = std::floating_point<Number> ? dtype::f32 : dtype::i32;
        made.dims = dims;
        // Flat: tables have thousands of numbers.
        made.numbers.resize(numbers.size(), 0);
        int* const to = made.numbers.data();
        const Number* const from = numbers.data();
        for (std::size_t i = 0, count = numbers.size(); i < count; ++i) {
            if constexpr (std::floating_point<Number>) {
                to[i] = __builtin_bit_cast(int, static_cast<float>(from[i]));
            } else {
                if constexpr (!std::same_as<Number, int>)
                    if (!std::in_range<int>(from[i]))
                        report(problem_id::option_range, who, "has the number ",
                            static_cast<std::int64_t>(from[i]),
                            ", outside the range of i32; write floats, or smaller numbers");
                to[i] = static_cast<int>(from[i]);
            }
        }
        const tensor out = add(who, std::move(made));
        const std::int64_t count = out.dims.count();
        if (count != static_cast<std::int64_t>(numbers.size())) {
            report(problem_id::element_count, who, "the shape ", to_text(dims), " has ", count,
                " elements, ", static_cast<int>(numbers.size()),
                " numbers are given; write one for each element");
            nodes.back().numbers.resize(static_cast<std::size_t>(count > 4096 ? 0 : count));
        }
        return out;
    }

    constexpr bool may_keep(const subject& who, dtype type) {
        if (type == dtype::f32 || is_narrow(type)) return true;
        report(problem_id::dtype_mismatch, who, "is as ", to_text(type),
            "; steps keep f32, f16 or bf16, the others have the plan's precision");
        return false;
    }
    /// Views and further outputs are no steps: the rule is for those that compute what they show. False
    /// if there is none.
    constexpr bool keep_maker(int id, dtype type) {
        node& n = nodes[static_cast<std::size_t>(id)];
        if (is_input(n.kind)) return false;
        if (traits_of(n).in_place) return keep_maker(n.inputs[0], type);  // the state itself
        if (traits_of(n).view == view_rule::none && !is_further(n.kind)) {
            n.kept = type;
            // A layer's own padding is part of it: stft pads a sound, which 16 bits would round.
            for (const int input : n.inputs)
                if (node& before = nodes[static_cast<std::size_t>(input)]; before.kind == op::pad
                    && before.file == n.file && before.line == n.line
                    && std::string_view(before.layer) == n.layer)
                    before.kept = type;
            return true;
        }
        bool found = false;
        for (const int input : n.inputs) found = keep_maker(input, type) || found;
        return found;
    }

    /// No kernel reads an empty input if its output has elements: layers that support that case make an
    /// op::fill.
    constexpr void settle_emptiness(const subject& who, node& made) {
        if (traits_of(made).takes_empty || made.dims.is_empty()) return;
        for (int input : made.inputs) {
            const shape& dims = nodes[static_cast<std::size_t>(input)].dims;
            if (!dims.is_empty()) continue;
            if (problems.empty())
                report(problem_id::extent_range, who, "input ", to_text(dims),
                    " is empty, the result ", to_text(made.dims),
                    " is not; give it an input with elements");
            made.kind = op::fill;
        }
    }
};

/// The network of a layer's input. A default-constructed tensor has none, which the compiler reports with
/// this function's name.
constexpr network& network_of(const tensor& x) {
    if (!x.net) this_tensor_was_never_made_by_input_or_a_layer();
    return *x.net;
}

/// The producer of a tensor, for messages about several: "conv2d 'layer1.0.conv2', line 20". A node without
/// a name is identified by the nearest weights before it: a helper's lines are the same for every block that
/// calls it. `near` is the location of the message; another file is named with its line.
constexpr sentence maker_text(const network& net, const tensor& x, const subject& near) {
    if (!net.owns(x)) return "a tensor of another network";
    const auto at
        = [&net](int id) -> const node& { return net.nodes[static_cast<std::size_t>(id)]; };
    const node& made = at(x.id);
    sentence out(made.layer);
    if (!made.at.empty()) out.append(" '").append(made.at.view()).append("'");
    if (std::string_view(made.file) == near.where.file_name())
        out.append(", line ").append(made.line);
    else
        out.append(", ").append(base_name(made.file)).append(":").append(made.line);
    if (!made.at.empty()) return out;
    for (int id = x.id; !at(id).inputs.empty();) {
        id = at(id).inputs[0];
        if (at(id).at.empty()) continue;
        out.append(", after ").append(at(id).layer).append(" '").append(at(id).at.view());
        return out.append("'");
    }
    return out;
}

constexpr const tensor& tensor::expect(const shape& wanted, std::source_location where) const {
    if (!(dims == wanted)) {
        network& all = network_of(*this);
        const subject who{"expect", {}, where};
        all.report(problem_id::expectation, who, "expected ", to_text(wanted),
            " here, the graph gives ", to_text(dims), " (", maker_text(all, *this, who),
            "); check the layers above this line");
    }
    return *this;
}

}  // namespace lamina
