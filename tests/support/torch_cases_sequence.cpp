// SPDX-License-Identifier: Apache-2.0
// Convolutions, transposed convolutions and pools over sequences.
// One group of torch_cases.hpp.
#include <lamina/layers/activation.hpp>
#include <lamina/layers/batch_norm.hpp>
#include <lamina/layers/binary.hpp>
#include <lamina/layers/concat.hpp>
#include <lamina/layers/conv1d.hpp>
#include <lamina/layers/conv_transpose1d.hpp>
#include <lamina/layers/normalize.hpp>
#include <lamina/layers/pool1d.hpp>
#include <lamina/layers/slice.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

std::span<const torch_case> sequence_cases() {
    static constexpr torch_case cases[] = {
        {"conv1d_plain",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 11});
                net.output("output", x | conv1d{"layer", {.out = 4, .kernel = 3}});
            }},
        {"conv1d_bias",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 11});
                net.output(
                    "output", x | conv1d{"layer", {.out = 4, .kernel = 3, .pad = 1, .bias = true}});
            }},
        {"conv1d_1",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 7});
                net.output("output", x | conv1d{"layer", {.out = 33, .bias = true}});
            }},
        {"conv1d_wide",
            [](network& net) {
                const tensor x = net.input("input0", {2, 33, 21});
                net.output("output", x | conv1d{"layer", {.out = 17, .kernel = 5, .pad = 2}});
            }},
        {"conv1d_stride",
            [](network& net) {
                const tensor x = net.input("input0", {2, 20, 29});
                net.output(
                    "output", x | conv1d{"layer", {.out = 18, .kernel = 4, .stride = 3, .pad = 2}});
            }},
        {"conv1d_dilation",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 23});
                net.output("output",
                    x | conv1d{"layer", {.out = 6, .kernel = 3, .pad = 4, .dilation = 4}});
            }},
        {"conv1d_groups",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 9});
                net.output("output",
                    x
                        | conv1d{
                            "layer", {.out = 4, .kernel = 3, .pad = 1, .groups = 2, .bias = true}});
            }},
        {"conv1d_depthwise",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 17});
                net.output("output",
                    x | conv1d{"layer", {.out = 19, .kernel = 5, .pad = 2, .groups = 19}});
            }},
        {"conv1d_causal",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 10});
                net.output("output", x | conv1d{"layer", {.out = 5, .kernel = 4, .pad = {3, 0}}});
            }},
        {"conv1d_same",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 10});
                net.output("output",
                    x | conv1d{"layer", {.out = 5, .kernel = 4, .pad = same, .dilation = 2}});
            }},
        {"conv1d_whole_input",
            [](network& net) {
                const tensor x = net.input("input0", {3, 4, 9});
                net.output("output", x | conv1d{"layer", {.out = 7, .kernel = 9, .bias = true}});
            }},
        {"conv1d_residual",
            [](network& net) {
                // [conv1d]
                const tensor x = net.input("input0", {2, 20, 13});
                tensor y = x | conv1d{"first", {.out = 24, .kernel = 3, .pad = 1}};
                y = y | batch_norm{"norm"} | relu{};
                y = y | conv1d{"second", {.out = 20, .kernel = 3, .pad = 1, .bias = true}};
                net.output("output", (x + y) | relu{});
                // [/conv1d]
            }},
        {"conv1d_around",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 17});
                const tensor y = x | conv1d{"first", {.out = 16, .kernel = 3, .pad = 1}} | silu{};
                const tensor z
                    = y | conv1d{"second", {.out = 16, .kernel = 1}} | group_norm{"norm", 4};
                const tensor both = concat({y, z}, 1) | slice{2, {.start = 1, .stop = 15}};
                net.output("output", both | conv1d{"third", {.out = 3, .kernel = 2, .stride = 2}});
            }},
        {"conv_transpose1d_plain",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7});
                net.output("output", x | conv_transpose1d{"layer", {.out = 4, .kernel = 3}});
            }},
        {"conv_transpose1d_stride",
            [](network& net) {
                // [conv_transpose1d]
                const tensor x = net.input("input0", {2, 20, 7});
                net.output("output",
                    x
                        | conv_transpose1d{"layer",
                            {.out = 18, .kernel = 4, .stride = 2, .pad = 1, .bias = true}});
                // [/conv_transpose1d]
            }},
        {"conv_transpose1d_output_padding",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 6});
                net.output("output",
                    x
                        | conv_transpose1d{"layer",
                            {.out = 5,
                                .kernel = 3,
                                .stride = 3,
                                .pad = 1,
                                .output_padding = 2,
                                .dilation = 2}});
            }},
        {"conv_transpose1d_groups",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 5});
                net.output("output",
                    x
                        | conv_transpose1d{
                            "layer", {.out = 4, .kernel = 3, .stride = 2, .groups = 2}});
            }},
        // torch: F.max_pool1d(x, 2)
        {"max_pool1d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 9});
                // [max_pool1d]
                net.output("output", x | max_pool1d{{.kernel = 2}});
                // [/max_pool1d]
            }},
        // torch: F.max_pool1d(x, 3, 2, 1, dilation=2, ceil_mode=True)
        {"max_pool1d_options",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 14});
                net.output("output",
                    x
                        | max_pool1d{{.kernel = 3,
                            .stride = 2,
                            .pad = 1,
                            .dilation = 2,
                            .ceil_mode = true}});
            }},
        // torch: F.avg_pool1d(x, 3, 2, 1)
        {"avg_pool1d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 10});
                // [avg_pool1d]
                net.output("output", x | avg_pool1d{{.kernel = 3, .stride = 2, .pad = 1}});
                // [/avg_pool1d]
            }},
        // torch: F.avg_pool1d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False)
        {"avg_pool1d_options",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 10});
                net.output("output",
                    x
                        | avg_pool1d{{.kernel = 3,
                            .stride = 2,
                            .pad = 1,
                            .ceil_mode = true,
                            .count_include_pad = false}});
            }},
        // torch: F.adaptive_avg_pool1d(x, 4)
        {"adaptive_avg_pool1d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 11});
                // [adaptive_avg_pool1d]
                net.output("output", x | adaptive_avg_pool1d{4});
                // [/adaptive_avg_pool1d]
            }},
        // torch: F.adaptive_avg_pool1d(x, 1)
        {"adaptive_avg_pool1d_whole",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 11});
                net.output("output", x | adaptive_avg_pool1d{1});
            }},
        // torch: F.adaptive_max_pool1d(x, 5)
        {"adaptive_max_pool1d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 12});
                // [adaptive_max_pool1d]
                net.output("output", x | adaptive_max_pool1d{5});
                // [/adaptive_max_pool1d]
            }},
    };
    return cases;
}

}  // namespace lamina_test
