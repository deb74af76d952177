// SPDX-License-Identifier: Apache-2.0
// The bytes that encode writes are what plan/read.hpp reads, field by field.
#include "support/planned.hpp"

#include <lamina/plan/read.hpp>

#include <doctest/doctest.h>

using namespace lamina_test;

TEST_CASE("encode: names, shapes and types of inputs, outputs and weights read back") {
    network net;
    several_bindings::define(net);
    const plan_view view = plan_view::open(plan_at_run_time(net, cpu, "several"));
    CHECK(view->network == "several");
    CHECK(view->target == "cpu");
    CHECK(view->precision == dtype::f32);
    REQUIRE(view->inputs.size() == 2);
    CHECK(view->inputs[0].name == "image");
    CHECK(view->inputs[0].dims == shape{1, 3, 16, 16});
    CHECK(view->inputs[1].name == "tokens");
    CHECK(view->inputs[1].type == dtype::i32);
    REQUIRE(view->outputs.size() == 3);
    CHECK(view->outputs[1].name == "words");
    CHECK(view->outputs[1].dims == shape{1, 16, 16});
    REQUIRE(view->parameters.size() == 2);
    CHECK(view->parameters[0].name == "conv.weight");
    CHECK(view->parameters[0].dims == shape{16, 3, 3, 3});
}

TEST_CASE("encode: a step names its layers, its weights and what it computes") {
    network net;
    resnet18::define(net);
    const planner::module m = planned(net);
    const plan_view view = plan_view::open(plan_at_run_time(net, cpu));
    REQUIRE(view->steps.size() == m.launches.size());
    CHECK(view->steps[0].name == "conv1");
    CHECK(view->steps[0].layers == "conv2d + batch_norm + relu");
    // 2 for multiply and add; 64 x 112 x 112 results of 3 x 7 x 7 each.
    CHECK(view->steps[0].flops >= 2ull * 64 * 112 * 112 * 147);
    const plan_tensor& first = view->tensors[static_cast<std::size_t>(view->steps[0].output)];
    CHECK(first.dims == shape{1, 64, 112, 112});
    CHECK(first.block == 16);
    CHECK(view->steps.back().layers == "dense");
    CHECK(view->steps.back().name == "fc");
}

TEST_CASE("encode: a folded batch_norm is a recipe with its four vectors") {
    network net;
    const tensor x = net.input("x", {1, 16, 4, 4});
    net.output("y", x | conv2d{"c", {.out = 16}} | batch_norm{"n", {.eps = 0.25f}});
    const plan_view view = plan_view::open(plan_at_run_time(net, cpu));
    REQUIRE_FALSE(view->weights.empty());
    for (const plan_weight& w : view->weights) {
        REQUIRE(w.folds.size() == 1);
        const auto name = [&](int index) { return view->parameters[planner::at(index)].name; };
        CHECK(name(w.folds[0].weight) == "n.weight");
        CHECK(name(w.folds[0].bias) == "n.bias");
        CHECK(name(w.folds[0].mean) == "n.running_mean");
        CHECK(name(w.folds[0].variance) == "n.running_var");
        CHECK(w.folds[0].eps == 0.25f);
    }
}

TEST_CASE("encode: what does not fit the buffer is counted, and nothing behind it is touched") {
    network net;
    dense_concat::define(net);
    const planner::module m = planned(net);
    const int size = planner::encode(m, cpu, "n", nullptr, 0);
    for (int room : {0, 64, size / 2 / 4 * 4, size - 4, size}) {
        std::vector<std::uint32_t> words(planner::at(size) / 4 + 4, 0);
        for (std::size_t i = planner::at(room) / 4; i < words.size(); ++i) words[i] = 0xABABABAB;
        CHECK(planner::encode(m, cpu, "n", words.data(), room) == size);
        for (std::size_t i = planner::at(room) / 4; i < words.size(); ++i)
            REQUIRE(words[i] == 0xABABABAB);
    }
}
