// SPDX-License-Identifier: Apache-2.0
// The deformable convolutions recorded from PyTorch, and others, with plans for every target on the default device.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

using namespace lamina;

TEST_CASE("a device computes the deformable convolutions as the reference does") {
    lamina_test::check_on_devices(lamina_test::deform_cases());
}

TEST_CASE("a deformable convolution to few channels, of rows that hold a vector") {
    lamina_test::check_on_devices("rows of 17", [](network& net) {
        auto x = net.input("x", {1, 16, 3, 17}) | lamina::tanh{};
        auto at = net.input("offsets", {1, 4, 3, 16});
        for (const int out : {1, 4})
            net.output(name("y", out),
                x
                    | deform_conv2d{name("deform", out), at, {.out = out, .kernel = {1, 2}}}
                    | relu{});
    });
}
