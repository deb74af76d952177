// SPDX-License-Identifier: Apache-2.0
// The reduction cases recorded from PyTorch, and others, with plans for every target on the default device.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

using namespace lamina;

TEST_CASE("a device computes the reduction cases as the reference does") {
    lamina_test::check_on_devices(lamina_test::reduction_cases());
}

TEST_CASE("an axis of one element that is reduced in front of others") {
    lamina_test::check_on_devices("a batch of 1", [](network& net) {
        auto x = net.input("x", {1, 3, 5, 20}) | lamina::tanh{};
        net.output("channels", x | reduce_mean{{0, 2, 3}});
        net.output("kept", x | reduce_sum{{0, 2, 3}, true});
        net.output("rows", x | reduce_max{{0, 3}});
        net.output("all", x | reduce_sum{});
        auto y = net.input("y", {2, 1, 3, 1, 4, 16}) | lamina::tanh{};
        net.output("between", y | reduce_min{{1, 3, 5}});
        net.output("at its end", y | reduce_sum{{1, 4, 5}});
    });
}
