// SPDX-License-Identifier: Apache-2.0
// Deformable convolutions, as torchvision.ops.deform_conv2d computes them.
// One group of torch_cases.hpp.
#include <lamina/layers/activation.hpp>
#include <lamina/layers/batch_norm.hpp>
#include <lamina/layers/binary.hpp>
#include <lamina/layers/conv2d.hpp>
#include <lamina/layers/deform_conv2d.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

std::span<const torch_case> deform_cases() {
    static constexpr torch_case cases[] = {
        {"deform_conv2d_plain",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 7, 6});
                const tensor offsets = net.input("input1", {2, 18, 5, 4});
                net.output("output", x | deform_conv2d{"layer", offsets, {.out = 4, .kernel = 3}});
            }},
        {"deform_conv2d_mask",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 7, 9});
                const tensor offsets = net.input("input1", {2, 18, 4, 5});
                const tensor mask = net.input("input2", {2, 9, 4, 5});
                net.output("output",
                    x
                        | deform_conv2d{"layer", offsets,
                            {.out = 18,
                                .kernel = 3,
                                .stride = 2,
                                .pad = 1,
                                .bias = true,
                                .mask = mask}});
            }},
        {"deform_conv2d_groups",
            [](network& net) {
                const tensor x = net.input("input0", {2, 8, 6, 7});
                const tensor offsets = net.input("input1", {2, 24, 6, 5});
                const tensor mask = net.input("input2", {2, 12, 6, 5});
                net.output("output",
                    x
                        | deform_conv2d{"layer", offsets,
                            {.out = 6,
                                .kernel = {2, 3},
                                .pad = {1, 1},
                                .dilation = {2, 2},
                                .groups = 2,
                                .mask = mask}});
            }},
        {"deform_conv2d_wide_groups",
            [](network& net) {
                const tensor x = net.input("input0", {2, 32, 5, 4});
                const tensor offsets = net.input("input1", {2, 36, 5, 4});
                net.output("output",
                    x | deform_conv2d{"layer", offsets, {.out = 20, .kernel = 3, .pad = 1}});
            }},
        {"deform_conv2d_1x1",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 5, 4});
                const tensor offsets = net.input("input1", {2, 2, 5, 4});
                net.output("output", x | deform_conv2d{"layer", offsets, {.out = 16}});
            }},
        {"deform_conv2d_block",
            [](network& net) {
                // [deform_conv2d]
                const tensor x = net.input("input0", {2, 18, 6, 7});
                const tensor offsets
                    = x | conv2d{"offset", {.out = 18, .kernel = 3, .pad = 1, .bias = true}};
                const tensor mask = x
                    | conv2d{"mask", {.out = 9, .kernel = 3, .pad = 1, .bias = true}}
                    | sigmoid{};
                tensor y = x
                    | deform_conv2d{
                        "layer", offsets, {.out = 18, .kernel = 3, .pad = 1, .mask = mask}};
                y = ((y | batch_norm{"norm"}) + x) | relu{};
                // [/deform_conv2d]
                net.output("output", y);
            }},
    };
    return cases;
}

}  // namespace lamina_test
