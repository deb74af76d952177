// SPDX-License-Identifier: Apache-2.0
// Recurrent layers and cells. Where a case has several outputs they are one row of numbers, behind each
// other.
// One group of torch_cases.hpp.
#include <lamina/layers/concat.hpp>
#include <lamina/layers/gru.hpp>
#include <lamina/layers/lstm.hpp>
#include <lamina/layers/reshape.hpp>
#include <lamina/layers/rnn.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

namespace {

tensor row_of(std::initializer_list<tensor> all) {
    std::vector<tensor> flat;
    for (const tensor& x : all) flat.push_back(x | reshape{{-1}});
    return concat(flat, 0);
}

/// 19 units on 5 steps of 3 rows, from a state that is given.
template <class Layer, class Options> void from_state(network& net, const Options& options) {
    const tensor x = net.input("input0", {5, 3, 4}), h = net.input("input1", {1, 3, 19});
    const auto all = x | Layer{"layer", options, h};
    net.output("output", row_of({all.output, all.h}));
}

}  // namespace

std::span<const torch_case> recurrent_cases() {
    static constexpr torch_case cases[] = {
        {"lstm_plain",
            [](network& net) {
                const tensor x = net.input("input0", {5, 2, 3});
                net.output("output", (x | lstm{"layer", {.hidden_size = 7}}).output);
            }},
        {"lstm_states",
            [](network& net) {
                const tensor x = net.input("input0", {4, 3, 5}),
                             h = net.input("input1", {1, 3, 19}),
                             c = net.input("input2", {1, 3, 19});
                const auto all = x | lstm{"layer", {.hidden_size = 19}, {h, c}};
                // Written in place, side by side.
                net.output("output", concat({all.output, all.h, all.c}, 0));
            }},
        {"lstm_layers",
            [](network& net) {
                const tensor x = net.input("input0", {6, 2, 3}), h = net.input("input1", {4, 2, 5}),
                             c = net.input("input2", {4, 2, 5});
                const auto all = x
                    | lstm{"layer",
                        {.hidden_size = 5, .num_layers = 2, .dropout = 0.5f, .bidirectional = true},
                        {h, c}};
                net.output("output", row_of({all.output, all.h, all.c}));
            }},
        {"lstm_projection",
            [](network& net) {
                const tensor x = net.input("input0", {5, 2, 3}), h = net.input("input1", {2, 2, 5}),
                             c = net.input("input2", {2, 2, 19});
                const auto all = x
                    | lstm{"layer", {.hidden_size = 19, .bidirectional = true, .proj_size = 5},
                        {h, c}};
                net.output("output", row_of({all.output, all.h, all.c}));
            }},
        {"lstm_batch_first",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 3});
                const auto all = x
                    | lstm{"layer",
                        {.hidden_size = 17, .num_layers = 2, .bias = false, .batch_first = true}};
                net.output("output", row_of({all.output, all.h, all.c}));
            }},
        {"lstm_unbatched",
            [](network& net) {
                const tensor x = net.input("input0", {6, 3}), h = net.input("input1", {2, 4}),
                             c = net.input("input2", {2, 4});
                const auto all = x | lstm{"layer", {.hidden_size = 4, .num_layers = 2}, {h, c}};
                net.output("output", row_of({all.output, all.h, all.c}));
            }},
        {"lstm_many_rows",
            [](network& net) {
                const tensor x = net.input("input0", {3, 9, 4});
                const auto all = x | lstm{"layer", {.hidden_size = 18}};
                net.output("output", row_of({all.output, all.c}));
            }},
        {"lstm_cell",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3}), h = net.input("input1", {2, 6}),
                             c = net.input("input2", {2, 6});
                const auto next = x | lstm_cell{"layer", {.hidden_size = 6}, {h, c}};
                net.output("output", row_of({next.h, next.c}));
            }},
        {"gru_plain",
            [](network& net) {
                const tensor x = net.input("input0", {5, 2, 3});
                net.output("output", (x | gru{"layer", {.hidden_size = 7}}).output);
            }},
        {"gru_layers",
            [](network& net) {
                const tensor x = net.input("input0", {6, 2, 3}),
                             h = net.input("input1", {4, 2, 17});
                const auto all = x
                    | gru{"layer", {.hidden_size = 17, .num_layers = 2, .bidirectional = true}, h};
                net.output("output", row_of({all.output, all.h}));
            }},
        {"gru_batch_first",
            [](network& net) {
                const tensor x = net.input("input0", {9, 4, 3});
                const auto all
                    = x | gru{"layer", {.hidden_size = 18, .bias = false, .batch_first = true}};
                net.output("output", row_of({all.output, all.h}));
            }},
        {"gru_reset_first",
            [](network& net) {
                from_state<gru>(net, gru_options{.hidden_size = 19, .linear_before_reset = false});
            }},
        {"gru_cell",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3}), h = net.input("input1", {2, 6});
                net.output("output", x | gru_cell{"layer", {.hidden_size = 6}, h});
            }},
        {"rnn_plain",
            [](network& net) {
                const tensor x = net.input("input0", {5, 2, 3});
                net.output("output", (x | rnn{"layer", {.hidden_size = 7}}).output);
            }},
        {"rnn_relu_layers",
            [](network& net) {
                const tensor x = net.input("input0", {6, 2, 3}), h = net.input("input1", {4, 2, 5});
                const auto all = x
                    | rnn{"layer",
                        {.hidden_size = 5,
                            .num_layers = 2,
                            .nonlinearity = function::relu,
                            .bidirectional = true},
                        h};
                net.output("output", row_of({all.output, all.h}));
            }},
        {"rnn_cell",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3});
                net.output("output", x | rnn_cell{"layer", {.hidden_size = 6, .bias = false}});
            }},
        {"lstm_lengths",
            [](network& net) {
                const tensor x = net.input("input0", {6, 3, 4}), h = net.input("input1", {4, 3, 5}),
                             c = net.input("input2", {4, 3, 5});
                const tensor lengths = net.input("input3", {3}, dtype::i32);
                const auto all = x
                    | lstm{"layer", {.hidden_size = 5, .num_layers = 2, .bidirectional = true},
                        {h, c}, lengths};
                net.output("output", row_of({all.output, all.h, all.c}));
            }},
        {"lstm_lengths_projection",
            [](network& net) {
                const tensor x = net.input("input0", {9, 5, 3});
                const tensor lengths = net.input("input1", {9}, dtype::i32);
                const auto all = x
                    | lstm{"layer", {.hidden_size = 19, .batch_first = true, .proj_size = 5}, {},
                        lengths};
                net.output("output", row_of({all.output, all.h, all.c}));
            }},
        {"gru_lengths",
            [](network& net) {
                const tensor x = net.input("input0", {3, 7, 4}),
                             h = net.input("input1", {2, 3, 18});
                const tensor lengths = net.input("input2", {3}, dtype::i32);
                const auto all = x
                    | gru{"layer", {.hidden_size = 18, .batch_first = true, .bidirectional = true},
                        h, lengths};
                net.output("output", row_of({all.output, all.h}));
            }},
        {"gru_reset_first_lengths",
            [](network& net) {
                const tensor x = net.input("input0", {5, 3, 4}),
                             h = net.input("input1", {1, 3, 19});
                const tensor lengths = net.input("input2", {3}, dtype::i32);
                const auto all = x
                    | gru{"layer", {.hidden_size = 19, .linear_before_reset = false}, h, lengths};
                net.output("output", row_of({all.output, all.h}));
            }},
        {"rnn_lengths",
            [](network& net) {
                const tensor x = net.input("input0", {5, 2, 3});
                const tensor lengths = net.input("input1", {2}, dtype::i32);
                const auto all
                    = x | rnn{"layer", {.hidden_size = 6, .bidirectional = true}, {}, lengths};
                net.output("output", row_of({all.output, all.h}));
            }},
        {"lstm_peepholes",
            [](network& net) {
                const tensor x = net.input("input0", {5, 2, 3}),
                             h = net.input("input1", {2, 2, 18}),
                             c = net.input("input2", {2, 2, 18});
                const auto all = x
                    | lstm{"layer", {.hidden_size = 18, .bidirectional = true, .peepholes = true},
                        {h, c}};
                net.output("output", row_of({all.output, all.h, all.c}));
            }},
        {"lstm_cell_peepholes",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3}), h = net.input("input1", {2, 6}),
                             c = net.input("input2", {2, 6});
                const auto next
                    = x | lstm_cell{"layer", {.hidden_size = 6, .peepholes = true}, {h, c}};
                net.output("output", row_of({next.h, next.c}));
            }},
        {"lstm_clip",
            [](network& net) {
                const tensor x = net.input("input0", {5, 3, 4}),
                             h = net.input("input1", {1, 3, 19}),
                             c = net.input("input2", {1, 3, 19});
                const auto all = x
                    | lstm{"layer",
                        {.hidden_size = 19, .peepholes = true, .clip = 0.5f, .input_forget = true},
                        {h, c}};
                net.output("output", row_of({all.output, all.h, all.c}));
            }},
        {"lstm_activations",
            [](network& net) {
                const tensor x = net.input("input0", {5, 3, 4}),
                             h = net.input("input1", {1, 3, 19}),
                             c = net.input("input2", {1, 3, 19});
                const auto all = x
                    | lstm{"layer",
                        {.hidden_size = 19,
                            .clip = 3,
                            .activations = {.f = function::hard_sigmoid,
                                .g = {function::leaky_relu, 0.125f},
                                .h = function::softsign}},
                        {h, c}};
                net.output("output", row_of({all.output, all.h, all.c}));
            }},
        {"lstm_reverse_activations",
            [](network& net) {
                const tensor x = net.input("input0", {5, 3, 4}),
                             h = net.input("input1", {2, 3, 19}),
                             c = net.input("input2", {2, 3, 19});
                const auto all = x
                    | lstm{"layer",
                        {.hidden_size = 19,
                            .bidirectional = true,
                            .clip = 3,
                            .reverse_activations = {.f = {function::hard_sigmoid, 0.25f, 0.5f},
                                .g = {function::leaky_relu, 0.125f},
                                .h = function::softsign}},
                        {h, c}};
                net.output("output", row_of({all.output, all.h, all.c}));
            }},
        // Two layers, of which the forward direction differs from PyTorch's.
        {"gru_reverse_activations",
            [](network& net) {
                const tensor x = net.input("input0", {5, 3, 4}),
                             h = net.input("input1", {4, 3, 19});
                const auto all = x
                    | gru{"layer",
                        {.hidden_size = 19,
                            .num_layers = 2,
                            .bidirectional = true,
                            .activations = {.g = function::relu},
                            .reverse_activations = {.g = function::tanh}},
                        h};
                net.output("output", row_of({all.output, all.h}));
            }},
        {"gru_activations",
            [](network& net) {
                from_state<gru>(net,
                    gru_options{.hidden_size = 19,
                        .clip = 0.75f,
                        .activations = {.f = function::hard_sigmoid, .g = function::softplus}});
            }},
        {"gru_reset_first_activations",
            [](network& net) {
                from_state<gru>(net,
                    gru_options{.hidden_size = 19,
                        .linear_before_reset = false,
                        .clip = 0.75f,
                        .activations = {.f = function::softsign, .g = function::elu}});
            }},
        // Infinite where a sum is 0, as in the padding of a block of units.
        {"rnn_activation",
            [](network& net) {
                from_state<rnn>(
                    net, rnn_options{.hidden_size = 19, .nonlinearity = function::log, .clip = 4});
            }},
        {"lstm_cell_activations",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3}), h = net.input("input1", {2, 6}),
                             c = net.input("input2", {2, 6});
                const auto next = x
                    | lstm_cell{"layer",
                        {.hidden_size = 6,
                            .clip = 1,
                            .input_forget = true,
                            .activations = {.h = function::relu}},
                        {h, c}};
                net.output("output", row_of({next.h, next.c}));
            }},
    };
    return cases;
}

}  // namespace lamina_test
