// SPDX-License-Identifier: Apache-2.0
// Convolutions, transposed convolutions, pools and norms over volumes.
// One group of torch_cases.hpp.
#include <lamina/layers/activation.hpp>
#include <lamina/layers/batch_norm.hpp>
#include <lamina/layers/binary.hpp>
#include <lamina/layers/concat.hpp>
#include <lamina/layers/conv3d.hpp>
#include <lamina/layers/conv_transpose3d.hpp>
#include <lamina/layers/global_pool.hpp>
#include <lamina/layers/normalize.hpp>
#include <lamina/layers/pool3d.hpp>
#include <lamina/layers/prelu.hpp>
#include <lamina/layers/reshape.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

std::span<const torch_case> volume_cases() {
    static constexpr torch_case cases[] = {
        {"conv3d_plain",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 7, 6});
                net.output("output", x | conv3d{"layer", {.out = 4, .kernel = 3}});
            }},
        {"conv3d_bias",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5, 6});
                net.output(
                    "output", x | conv3d{"layer", {.out = 5, .kernel = 3, .pad = 1, .bias = true}});
            }},
        {"conv3d_1",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 3, 4, 5});
                net.output("output", x | conv3d{"layer", {.out = 33, .bias = true}});
            }},
        {"conv3d_flat",
            [](network& net) {
                const tensor x = net.input("input0", {2, 33, 3, 9, 7});
                net.output("output",
                    x | conv3d{"layer", {.out = 20, .kernel = {1, 3, 3}, .pad = {0, 1, 1}}});
            }},
        {"conv3d_flat_stride",
            [](network& net) {
                const tensor x = net.input("input0", {2, 20, 5, 6, 7});
                net.output("output",
                    x | conv3d{"layer", {.out = 17, .kernel = {1, 3, 3}, .stride = {2, 1, 2}}});
            }},
        {"conv3d_time",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 5, 4, 6});
                net.output("output",
                    x | conv3d{"layer", {.out = 18, .kernel = {3, 1, 1}, .pad = {1, 0, 0}}});
            }},
        {"conv3d_stem",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 15, 13});
                net.output("output",
                    x
                        | conv3d{"layer",
                            {.out = 18,
                                .kernel = {3, 7, 7},
                                .stride = {1, 2, 2},
                                .pad = {1, 3, 3}}});
            }},
        {"conv3d_wide",
            [](network& net) {
                const tensor x = net.input("input0", {2, 20, 4, 6, 5});
                net.output("output", x | conv3d{"layer", {.out = 33, .kernel = 3, .pad = 1}});
            }},
        {"conv3d_stride",
            [](network& net) {
                const tensor x = net.input("input0", {2, 18, 7, 9, 8});
                net.output("output",
                    x
                        | conv3d{"layer",
                            {.out = 19, .kernel = 3, .stride = 2, .pad = 1, .bias = true}});
            }},
        {"conv3d_dilation",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 9, 7, 8});
                net.output("output",
                    x
                        | conv3d{"layer",
                            {.out = 6, .kernel = 3, .pad = {2, 1, 2}, .dilation = {3, 1, 2}}});
            }},
        {"conv3d_groups",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 4, 5, 5});
                net.output("output",
                    x
                        | conv3d{"layer",
                            {.out = 4,
                                .kernel = {2, 3, 3},
                                .pad = {0, 1, 1},
                                .groups = 2,
                                .bias = true}});
            }},
        {"conv3d_groups_wide",
            [](network& net) {
                const tensor x = net.input("input0", {2, 32, 3, 5, 4});
                net.output(
                    "output", x | conv3d{"layer", {.out = 32, .kernel = 3, .pad = 1, .groups = 2}});
            }},
        {"conv3d_depthwise",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 4, 9, 7});
                net.output("output",
                    x | conv3d{"layer", {.out = 19, .kernel = 3, .pad = 1, .groups = 19}});
            }},
        {"conv3d_same",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 6, 7});
                net.output(
                    "output", x | conv3d{"layer", {.out = 5, .kernel = {3, 2, 3}, .pad = same}});
            }},
        {"conv3d_deep_pad",
            [](network& net) {
                const tensor x = net.input("input0", {2, 4, 2, 5, 5});
                net.output("output",
                    x
                        | conv3d{
                            "layer", {.out = 6, .kernel = {3, 3, 3}, .pad = {3, 1, 0, 2, 0, 1}}});
            }},
        {"conv3d_whole_input",
            [](network& net) {
                const tensor x = net.input("input0", {2, 4, 3, 4, 5});
                net.output(
                    "output", x | conv3d{"layer", {.out = 7, .kernel = {3, 4, 5}, .bias = true}});
            }},
        {"conv_transpose3d_plain",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 3, 4, 5});
                net.output("output", x | conv_transpose3d{"layer", {.out = 4, .kernel = 3}});
            }},
        {"conv_transpose3d_stride",
            [](network& net) {
                const tensor x = net.input("input0", {2, 20, 3, 4, 5});
                // [conv_transpose3d]
                net.output("output",
                    x
                        | conv_transpose3d{
                            "layer", {.out = 18, .kernel = 2, .stride = 2, .bias = true}});
                // [/conv_transpose3d]
            }},
        {"conv_transpose3d_pad",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 3, 5, 4});
                net.output("output",
                    x
                        | conv_transpose3d{
                            "layer", {.out = 16, .kernel = {4, 3, 4}, .stride = 2, .pad = 1}});
            }},
        {"conv_transpose3d_output_padding",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 3, 4, 3});
                net.output("output",
                    x
                        | conv_transpose3d{"layer",
                            {.out = 5,
                                .kernel = 3,
                                .stride = {3, 2, 2},
                                .pad = 1,
                                .output_padding = {2, 1, 0},
                                .dilation = {2, 1, 1}}});
            }},
        {"conv_transpose3d_groups",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 2, 3, 4});
                net.output("output",
                    x
                        | conv_transpose3d{
                            "layer", {.out = 4, .kernel = 3, .stride = {1, 2, 2}, .groups = 2}});
            }},
        {"conv3d_residual",
            [](network& net) {
                // [conv3d]
                const tensor x = net.input("input0", {2, 3, 4, 9, 8});
                tensor y = x | conv3d{"stem", {.out = 18, .kernel = {3, 5, 5}, .pad = same}};
                y = y | batch_norm{"norm"} | relu{};
                // a video network's block in two steps: within each frame, then along time
                tensor z = y
                    | conv3d{"frame", {.out = 20, .kernel = {1, 3, 3}, .pad = {0, 1, 1}}}
                    | relu{};
                z = z | conv3d{"time", {.out = 18, .kernel = {3, 1, 1}, .pad = {1, 0, 0}}};
                z = (y + z) | relu{};
                // [/conv3d]
                net.output("output", z | global_avg_pool{} | flatten{});
            }},
        {"unet3d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 2, 4, 6, 8});
                const tensor a = x
                    | conv3d{"first", {.out = 16, .kernel = 3, .pad = 1}}
                    | group_norm{"norm", 4}
                    | relu{};
                tensor y = a | max_pool3d{{.kernel = 2}};
                y = y | conv3d{"deep", {.out = 32, .kernel = 3, .pad = 1, .bias = true}} | relu{};
                y = y | conv_transpose3d{"up", {.out = 16, .kernel = 2, .stride = 2, .bias = true}};
                y = concat({a, y}) | conv3d{"last", {.out = 16, .kernel = 3, .pad = 1}} | silu{};
                net.output("output", y | conv3d{"classes", {.out = 3, .bias = true}});
            }},
        {"gate3d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 20, 3, 5, 4});
                const tensor y
                    = x | conv3d{"first", {.out = 18, .kernel = {2, 3, 3}, .pad = {0, 1, 1}}};
                const tensor gate = y | global_avg_pool{} | conv3d{"gate", {.out = 18}} | sigmoid{};
                net.output("output",
                    (y | conv3d{"last", {.out = 18, .kernel = 3, .pad = 1}} | prelu{"slope"})
                        * gate);
            }},
        {"instance_norm3d_affine",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 3, 5, 4});
                const tensor y = x | max_pool3d{{.kernel = 2, .stride = 1}};
                net.output("output", (y | instance_norm{"layer", {.affine = true}} | relu{}) + y);
            }},
        {"group_norm3d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 20, 3, 5, 4});
                net.output(
                    "output", x | max_pool3d{{.kernel = 2, .stride = 1}} | group_norm{"layer", 5});
            }},
        {"batch_norm3d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 3, 5, 4});
                net.output("output", x | batch_norm{"layer"});
            }},
    };
    return cases;
}

}  // namespace lamina_test
