// SPDX-License-Identifier: Apache-2.0
// The shape cases recorded from PyTorch, with plans for every target on the default device.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

TEST_CASE("a device computes the shape cases as the reference does") {
    lamina_test::check_on_devices(lamina_test::shape_cases());
}

TEST_CASE("a device reverses indices, the caller's own tensors and a part of an image") {
    lamina_test::check_on_devices("reversed", [](lamina::network& net) {
        using namespace lamina;
        const tensor x = net.input("x", {2, 19, 5, 7});
        const tensor tokens = net.input("tokens", {3, 4}, dtype::i32);
        net.output("given", x | flip{{1, 2}});
        net.output("tokens_turned", tokens | permute{{1, 0}} | flip{0});
        net.output("tokens_back", tokens | slice{1, {.start = 2, .step = -1}});
        auto parts = split(x | relu{} | max_pool{{.kernel = 3, .stride = 1}}, {3, 16}, 1);
        net.output("part",
            concat({parts[1] | flip{3},
                parts[0]
                    | slice{2, {.step = -2}}
                    | resize{{.size = {3, 5}, .mode = nearest, .coordinates = asymmetric}}}));
    });
}
