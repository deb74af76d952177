// SPDX-License-Identifier: Apache-2.0
// Rows of a table picked by indices.
#pragma once
#include <lamina/graph/network.hpp>

namespace lamina {

struct embedding_options {
    whole rows = 0, width = 0;  ///< of the table; must be given
};

/// weight[x]: `tokens | embedding{"wte", {.rows = 50257, .width = 768}}`.
///
/// Shapes   any of rank 1 to 5 -> the same with one more axis, width.
/// Weights  weight [rows, width].
/// Units    indices are i32 (network::input(name, dims, dtype::i32)), 0 to rows - 1.
/// Errors   LAM-01 six axes; LAM-06, LAM-07 names; LAM-08 rows or width; LAM-16 the input is not
///          i32.
/// Source   torch.nn.Embedding. Differs: an index outside the table gives zeros, not an exception.
struct embedding {
    subject who;
    embedding_options options;
    constexpr embedding(
        name at, embedding_options o, std::source_location where = std::source_location::current())
        : who{"embedding", at, where}, options(o) {}
};

constexpr tensor operator|(const tensor& x, const embedding& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    embedding_options o = layer.options;
    if (x.type != dtype::i32)
        net.report(problem_id::dtype_mismatch, who, "input ", to_text(x.dims), " holds ",
            to_text(x.type),
            " values, i32 indices are needed; declare the input with "
            "dtype::i32");
    if (o.rows < 1 || o.width < 1) {
        net.report(problem_id::option_range, who, "rows ", o.rows, ", width ", o.width,
            "; both must be at least 1");
        o.rows = o.width = 1;
    }
    node made;
    made.kind = op::embedding;
    made.inputs = {x.id};
    made.dims = x.dims;
    made.dims.push(o.width);
    made.parameters[weight_slot] = net.weights(who, "weight", {o.rows, o.width});
    return net.add(who, made);
}

}  // namespace lamina
