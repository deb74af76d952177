// SPDX-License-Identifier: Apache-2.0
// The recurrent cases recorded from PyTorch, with plans for every target on the default device, and
// layers that are wide enough for threads to share their steps.
#include "support/on_targets.hpp"

#include <lamina/layers/gru.hpp>
#include <lamina/layers/lstm.hpp>
#include <lamina/layers/rnn.hpp>

#include <doctest/doctest.h>

#include <string_view>
#include <vector>

using namespace lamina;

TEST_CASE("a device computes the recurrent cases as the reference does") {
    // The others differ in what the layer makes of its options, not in kernels.
    constexpr std::string_view kinds[]
        = {"lstm_states", "lstm_layers", "lstm_projection", "lstm_batch_first", "lstm_cell",
            "gru_layers", "gru_batch_first", "gru_reset_first", "rnn_plain", "rnn_relu_layers",
            "lstm_lengths", "lstm_lengths_projection", "gru_lengths", "gru_reset_first_lengths",
            "rnn_lengths", "lstm_peepholes", "lstm_clip", "lstm_activations", "gru_activations",
            "gru_reset_first_activations", "rnn_activation", "lstm_reverse_activations"};
    std::vector<lamina_test::torch_case> cases;
    for (const lamina_test::torch_case& of : lamina_test::recurrent_cases())
        for (const std::string_view kind : kinds)
            if (kind == of.name) cases.push_back(of);
    CHECK(cases.size() == std::size(kinds));
    lamina_test::check_on_devices(cases);
}

TEST_CASE("threads share the steps of wide recurrent layers") {
    lamina_test::check_on_devices("lstm", [](network& net) {
        const auto [y, h, c] = net.input("x", {7, 1, 20})
            | lstm{"layer", {.hidden_size = 150, .bidirectional = true}};
        net.output("y", y);
        net.output("h", h);
        net.output("c", c);
    });
    lamina_test::check_on_devices("lstm_projection", [](network& net) {
        const auto [y, h, c]
            = net.input("x", {5, 7, 33}) | lstm{"layer", {.hidden_size = 261, .proj_size = 130}};
        net.output("y", y);
        net.output("c", c);
    });
    lamina_test::check_on_devices("gru", [](network& net) {
        const auto [y, h] = net.input("x", {3, 9, 5}) | gru{"layer", {.hidden_size = 200}};
        net.output("y", y);
    });
    lamina_test::check_on_devices("gru_reset_first", [](network& net) {
        const auto [y, h] = net.input("x", {4, 2, 5})
            | gru{"layer", {.hidden_size = 176, .linear_before_reset = false}};
        net.output("h", h);
    });
    lamina_test::check_on_devices("lstm_lengths", [](network& net) {
        const auto [y, h, c] = net.input("x", {3, 5, 20})
            | lstm{"layer", {.hidden_size = 170, .bidirectional = true, .peepholes = true}, {},
                net.input("lengths", {5}, dtype::i32)};
        net.output("y", y);
        net.output("h", h);
        net.output("c", c);
    });
    lamina_test::check_on_devices("rnn", [](network& net) {
        const auto [y, h]
            = net.input("x", {300, 1, 40}) | rnn{"layer", {.hidden_size = 256, .num_layers = 2}};
        net.output("y", y);
        net.output("h", h);
    });
}
