// SPDX-License-Identifier: Apache-2.0
// Shapes, names and misuse of recurrent layers, checked by the compiler alone. Numbers are PyTorch's.
#include "../support/shape_of.hpp"

#include <string_view>

using namespace lamina;
using lamina::test::problems_of;
using lamina::test::shape_of;

constexpr lstm_options two_ways{
    .hidden_size = 6, .num_layers = 3, .bidirectional = true, .proj_size = 4};
static_assert(
    shape_of({9, 2, 5}, [](auto x) { return (x | lstm{"l", two_ways}).output; }) == shape{9, 2, 8});
static_assert(
    shape_of({9, 2, 5}, [](auto x) { return (x | lstm{"l", two_ways}).h; }) == shape{6, 2, 4});
static_assert(
    shape_of({9, 2, 5}, [](auto x) { return (x | lstm{"l", two_ways}).c; }) == shape{6, 2, 6});
static_assert(shape_of({2, 9, 5}, [](auto x) {
    return (x | gru{"g", {.hidden_size = 6, .batch_first = true}}).output;
}) == shape{2, 9, 6});
static_assert(shape_of({2, 9, 5}, [](auto x) {
    return (x | gru{"g", {.hidden_size = 6, .batch_first = true}}).h;
}) == shape{1, 2, 6});
static_assert(shape_of({9, 5}, [](auto x) { return (x | rnn{"r", {.hidden_size = 6}}).output; })
    == shape{9, 6});
static_assert(
    shape_of({9, 5}, [](auto x) { return (x | rnn{"r", {.hidden_size = 6}}).h; }) == shape{1, 6});
static_assert(
    shape_of({9, 5}, [](auto x) { return x | gru_cell{"r", {.hidden_size = 6}}; }) == shape{9, 6});
static_assert(
    shape_of({9, 0, 5}, [](auto x) { return (x | lstm{"l", two_ways}).c; }) == shape{6, 0, 6});

static_assert(shape_of({9, 2, 5}, [](auto x) {
    return (x
        | rnn{"r",
            {.hidden_size = 6, .bidirectional = true, .reverse_nonlinearity = function::relu}})
        .output;
}) == shape{9, 2, 12});

// Misuse
static_assert(problems_of({9, 2, 5}, [](auto x) {
    return (x | rnn{"r", {.hidden_size = 6, .reverse_nonlinearity = function::relu}}).output;
}) == 8);
static_assert(problems_of({9, 2, 5}, [](auto x) {
    return (x | rnn{"r", {.hidden_size = 6, .nonlinearity = as_forward}}).output;
}) == 8);
static_assert(problems_of({9, 2, 5}, [](auto x) {
    return (x
        | lstm{"r",
            {.hidden_size = 6, .bidirectional = true, .reverse_activations = {.h = function::add}}})
        .output;
}) == 8);
static_assert(problems_of({2, 3, 4, 5}, [](auto x) {
    return (x | lstm{"l", {.hidden_size = 4}}).output;
}) == 1);
static_assert(
    problems_of({2, 3, 4}, [](auto x) { return x | gru_cell{"l", {.hidden_size = 4}}; }) == 1);
static_assert(problems_of({2, 3, 4}, [](auto x) {
    return (x | gru{"l", {.hidden_size = 4}, x}).output;
}) == 4);
static_assert(problems_of({2, 3, 4}, [](auto x) {
    return (x | lstm{"l", {.hidden_size = 4}, {x, {}}}).output;
}) == 4);
static_assert(problems_of({2, 3, 4}, [](auto x) { return (x | lstm{"l", {}}).output; }) == 8);
static_assert(problems_of({2, 3, 4}, [](auto x) {
    return (x | lstm{"l", {.hidden_size = 4, .num_layers = 0}}).output;
}) == 8);
static_assert(problems_of({2, 3, 4}, [](auto x) {
    return (x | lstm{"l", {.hidden_size = 4, .proj_size = 4}}).output;
}) == 8);
static_assert(problems_of({2, 3, 4}, [](auto x) {
    return (x | lstm{"l", {.hidden_size = 4, .dropout = 1.5f}}).output;
}) == 8);
static_assert(problems_of({2, 3, 4}, [](auto x) {
    return (x | rnn{"l", {.hidden_size = 4, .nonlinearity = function::add}}).output;
}) == 8);
static_assert(problems_of({2, 3, 4}, [](auto x) {
    return (x | rnn{"l", {.hidden_size = 4, .nonlinearity = {function::celu, 0}}}).output;
}) == 8);
static_assert(problems_of({2, 3, 4}, [](auto x) {
    return (x | gru{"l", {.hidden_size = 4, .activations = {.g = function::isnan}}}).output;
}) == 8);
static_assert(problems_of({2, 3, 4}, [](auto x) {
    return (x | lstm{"l", {.hidden_size = 4, .clip = -1}}).output;
}) == 8);
static_assert(problems_of({2, 3, 4}, [](auto x) {
    return (x
        | lstm{"l",
            {.hidden_size = 4,
                .clip = 2,
                .input_forget = true,
                .activations = {.h = function::relu}}})
        .output;
}) == 0);
static_assert(problems_of({2, 3, 4}, [](auto x) {
    return (x | lstm{"", {.hidden_size = 4}}).output;
}) == 7'07'07'07);
static_assert(problems_of({2, 3, 4}, [](auto x) {
    return ((x | lstm{"l", {.hidden_size = 4}}).output | lstm{"l", {.hidden_size = 4}}).output;
}) == 6'06'06'06);
static_assert(problems_of({0, 3, 4}, [](auto x) {
    return (x | lstm{"l", {.hidden_size = 4}}).output;
}) == 22);
static_assert(problems_of({2, 3, 4}, [](auto x) {
    return ((x | argmax{.axis = 0, .keep_dims = true}) | gru{"l", {.hidden_size = 4}}).output;
}) == 16);

// Lengths and peepholes
constexpr int problems_of_lengths(const shape& in, const shape& lengths, dtype type) {
    network net;
    const tensor x = net.input("x", in), l = net.input("l", lengths, type);
    net.output("y", (x | lstm{"a", {.hidden_size = 5, .peepholes = true}, {}, l}).output);
    return net.problems.empty() ? 0 : static_cast<int>(net.problems[0].id);
}
static_assert(problems_of_lengths({9, 2, 5}, {2}, dtype::i32) == 0);
static_assert(problems_of_lengths({9, 5}, {1}, dtype::i32) == 0);
static_assert(problems_of_lengths({9, 2, 5}, {1}, dtype::i32) == 4);
static_assert(problems_of_lengths({9, 2, 5}, {9}, dtype::i32) == 4);
static_assert(problems_of_lengths({9, 2, 5}, {2, 1}, dtype::i32) == 4);
static_assert(problems_of_lengths({9, 2, 5}, {2}, dtype::f32) == 16);
static_assert(problems_of({2, 3, 4}, [](auto x) {
    return (x | rnn{"l", {.hidden_size = 4}, {}, tensor{x}}).output;
}) == 16);

// PyTorch's names
constexpr bool has_names() {
    network net;
    const tensor x = net.input("x", {2, 3, 4});
    net.output("y",
        (x | lstm{"a", {.hidden_size = 5, .num_layers = 2, .bidirectional = true, .proj_size = 2}})
            .output);
    net.output("z", net.input("w", {3, 4}) | rnn_cell{"b", {.hidden_size = 5}});
    net.output(
        "p", (x | lstm{"c", {.hidden_size = 5, .bidirectional = true, .peepholes = true}}).h);
    for (std::string_view wanted :
        {"a.weight_ih_l0", "a.weight_hh_l1_reverse", "a.bias_ih_l0_reverse", "a.bias_hh_l1",
            "a.weight_hr_l1_reverse", "b.weight_ih", "b.bias_hh", "c.weight_ch_l0_reverse"}) {
        bool found = false;
        for (const parameter& p : net.parameters) found = found || p.at.view() == wanted;
        if (!found) return false;
    }
    return net.parameters.size() == 20 + 4 + 10;
}
static_assert(has_names());
