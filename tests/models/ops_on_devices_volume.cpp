// SPDX-License-Identifier: Apache-2.0
// The cases of volumes recorded from PyTorch, with plans for every target on the default device.
#include "support/on_targets.hpp"

#include <lamina/define.hpp>

#include <doctest/doctest.h>

TEST_CASE("a device computes the cases of volumes as the reference does") {
    lamina_test::check_on_devices(lamina_test::volume_cases());
}

// Volumes that lie in memory as another axis order has them: no stride leads from slice to slice.
TEST_CASE("a convolution of transposed volumes moves along depth") {
    lamina_test::check_on_devices("transposed volumes", [](lamina::network& net) {
        using namespace lamina;
        const tensor x = net.input("volume", {2, 1, 3, 8, 8});
        net.output(
            "y", x | transpose{0, 4} | conv3d{"layer", {.out = 1, .kernel = 3, .pad = 1}} | silu{});
    });
}

// One channel in and out is a depthwise convolution, but not with another layer's outputs beside its own.
TEST_CASE("convolutions of a volume with one channel, side by side") {
    lamina_test::check_on_devices("one channel beside many", [](lamina::network& net) {
        using namespace lamina;
        const tensor x = net.input("image", {1, 1, 16, 16}) | unsqueeze{1};
        const tensor one = x | conv3d{"a", {.out = 1, .kernel = 1, .bias = true}} | relu{};
        const tensor many = x | conv3d{"b", {.out = 32, .kernel = 1, .bias = true}} | relu{};
        net.output("pool", one | avg_pool3d{{.kernel = {1, 2, 2}}});
        net.output("conv", many | conv3d{"c", {.out = 32, .kernel = 1, .bias = true}});
    });
}
