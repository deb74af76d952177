// SPDX-License-Identifier: Apache-2.0
// Convolutions and transposed convolutions.
// One group of torch_cases.hpp.
#include <lamina/layers/conv2d.hpp>
#include <lamina/layers/conv_transpose2d.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

std::span<const torch_case> convolution_cases() {
    static constexpr torch_case cases[] = {
        {"conv2d_plain",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7, 5});
                net.output("output", x | conv2d{"layer", {.out = 4, .kernel = 3}});
            }},
        {"conv2d_bias",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7, 5});
                net.output(
                    "output", x | conv2d{"layer", {.out = 4, .kernel = 3, .pad = 1, .bias = true}});
            }},
        {"conv2d_1x1",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 6, 7});
                net.output("output", x | conv2d{"layer", {.out = 8, .bias = true}});
            }},
        {"conv2d_1x1_stride",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 6, 7});
                net.output("output", x | conv2d{"layer", {.out = 3, .stride = 2}});
            }},
        {"conv2d_1x1_wide",
            [](network& net) {
                const tensor x = net.input("input0", {2, 40, 5, 3});
                net.output("output", x | conv2d{"layer", {.out = 50}});
            }},
        {"conv2d_stride",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 11});
                net.output(
                    "output", x | conv2d{"layer", {.out = 5, .kernel = 3, .stride = 2, .pad = 1}});
            }},
        {"conv2d_rectangular",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 8});
                net.output("output",
                    x
                        | conv2d{"layer",
                            {.out = 5,
                                .kernel = {3, 5},
                                .stride = {2, 1},
                                .pad = {1, 2},
                                .bias = true}});
            }},
        {"conv2d_dilation",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 7});
                net.output("output",
                    x | conv2d{"layer", {.out = 4, .kernel = 3, .pad = 2, .dilation = 2}});
            }},
        {"conv2d_dilation_uneven",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 11});
                net.output("output",
                    x
                        | conv2d{"layer",
                            {.out = 4, .kernel = {3, 2}, .stride = {1, 2}, .dilation = {2, 3}}});
            }},
        {"conv2d_groups",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 7, 5});
                net.output("output",
                    x
                        | conv2d{
                            "layer", {.out = 4, .kernel = 3, .pad = 1, .groups = 2, .bias = true}});
            }},
        {"conv2d_groups_of_three",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 7, 5});
                net.output(
                    "output", x | conv2d{"layer", {.out = 9, .kernel = {1, 3}, .groups = 3}});
            }},
        {"conv2d_depthwise",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 7, 6});
                net.output("output",
                    x
                        | conv2d{
                            "layer", {.out = 5, .kernel = 3, .pad = 1, .groups = 5, .bias = true}});
            }},
        {"conv2d_depthwise_stride",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 9, 7});
                net.output("output",
                    x
                        | conv2d{"layer",
                            {.out = 19, .kernel = 3, .stride = 2, .pad = 1, .groups = 19}});
            }},
        {"conv2d_depthwise_multiplier",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7, 6});
                net.output(
                    "output", x | conv2d{"layer", {.out = 6, .kernel = 3, .pad = 1, .groups = 3}});
            }},
        {"conv2d_depthwise_dilation",
            [](network& net) {
                const tensor x = net.input("input0", {2, 4, 9, 9});
                net.output("output",
                    x
                        | conv2d{"layer",
                            {.out = 4, .kernel = 3, .pad = 2, .dilation = 2, .groups = 4}});
            }},
        {"conv2d_asymmetric_pad",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 6, 7});
                net.output("output",
                    x
                        | conv2d{
                            "layer", {.out = 4, .kernel = 3, .pad = {0, 1, 2, 3}, .bias = true}});
            }},
        {"conv2d_same_even",
            [](network& net) {
                const tensor x = net.input("input0", {1, 3, 8, 8});
                net.output("output",
                    x | conv2d{"layer", {.out = 4, .kernel = 3, .stride = 2, .pad = same}});
            }},
        {"conv2d_same_mixed",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7, 10});
                net.output("output",
                    x | conv2d{"layer", {.out = 4, .kernel = 3, .stride = 2, .pad = same}});
            }},
        {"conv2d_same_even_kernel",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7, 5});
                net.output("output", x | conv2d{"layer", {.out = 4, .kernel = 4, .pad = same}});
            }},
        {"conv2d_same_dilation",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7, 5});
                net.output("output",
                    x | conv2d{"layer", {.out = 4, .kernel = 3, .pad = same, .dilation = 2}});
            }},
        {"conv2d_whole_input",
            [](network& net) {
                const tensor x = net.input("input0", {3, 4, 5, 3});
                net.output(
                    "output", x | conv2d{"layer", {.out = 7, .kernel = {5, 3}, .bias = true}});
            }},
        {"conv2d_wide",
            [](network& net) {
                const tensor x = net.input("input0", {2, 33, 6, 5});
                net.output("output",
                    x | conv2d{"layer", {.out = 17, .kernel = 3, .pad = 1, .bias = true}});
            }},
        {"conv2d_stem",
            [](network& net) {
                const tensor x = net.input("input0", {1, 3, 23, 19});
                net.output(
                    "output", x | conv2d{"layer", {.out = 16, .kernel = 7, .stride = 2, .pad = 3}});
            }},
        {"conv2d_few_1",
            [](network& net) {
                const tensor x = net.input("input0", {2, 1, 9, 37});
                net.output(
                    "output", x | conv2d{"layer", {.out = 1, .kernel = 3, .pad = 1, .bias = true}});
            }},
        {"conv2d_few_2",
            [](network& net) {
                const tensor x = net.input("input0", {2, 20, 3, 33});
                net.output("output", x | conv2d{"layer", {.out = 2}});
            }},
        {"conv2d_few_3",
            [](network& net) {
                const tensor x = net.input("input0", {2, 18, 5, 35});
                net.output("output",
                    x
                        | conv2d{"layer",
                            {.out = 3, .kernel = 3, .stride = {2, 1}, .pad = 1, .bias = true}});
            }},
        {"conv2d_few_5",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 5, 37});
                net.output("output",
                    x
                        | conv2d{"layer",
                            {.out = 5, .kernel = {3, 5}, .pad = {1, 3}, .dilation = {1, 2}}});
            }},
        {"conv2d_few_stride",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 71});
                net.output(
                    "output", x | conv2d{"layer", {.out = 2, .kernel = 3, .stride = 2, .pad = 1}});
            }},
        {"conv2d_few_depthwise",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7, 35});
                net.output("output",
                    x
                        | conv2d{
                            "layer", {.out = 3, .kernel = 3, .pad = 1, .groups = 3, .bias = true}});
            }},
        {"conv2d_few_groups",
            [](network& net) {
                const tensor x = net.input("input0", {2, 4, 3, 39});
                net.output(
                    "output", x | conv2d{"layer", {.out = 2, .kernel = 3, .pad = 1, .groups = 2}});
            }},
        {"conv_transpose2d_plain",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output", x | conv_transpose2d{"layer", {.out = 4, .kernel = 3}});
            }},
        {"conv_transpose2d_stride",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x
                        | conv_transpose2d{
                            "layer", {.out = 4, .kernel = 2, .stride = 2, .bias = true}});
            }},
        {"conv_transpose2d_output_padding",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x
                        | conv_transpose2d{"layer",
                            {.out = 4,
                                .kernel = 3,
                                .stride = 2,
                                .pad = 1,
                                .output_padding = 1,
                                .bias = true}});
            }},
        {"conv_transpose2d_uneven",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 3});
                net.output("output",
                    x
                        | conv_transpose2d{"layer",
                            {.out = 5,
                                .kernel = {2, 4},
                                .stride = {2, 3},
                                .pad = {0, 1},
                                .output_padding = {1, 2}}});
            }},
        {"conv_transpose2d_groups",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 4, 3});
                net.output("output",
                    x
                        | conv_transpose2d{"layer",
                            {.out = 4,
                                .kernel = 3,
                                .stride = 2,
                                .pad = 1,
                                .groups = 2,
                                .bias = true}});
            }},
        {"conv_transpose2d_depthwise",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 4, 3});
                net.output("output",
                    x
                        | conv_transpose2d{
                            "layer", {.out = 5, .kernel = 4, .stride = 2, .pad = 1, .groups = 5}});
            }},
        {"conv_transpose2d_dilation",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x
                        | conv_transpose2d{"layer",
                            {.out = 4, .kernel = 3, .pad = 1, .dilation = 2, .bias = true}});
            }},
        {"conv_transpose2d_dilation_output_padding",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x
                        | conv_transpose2d{"layer",
                            {.out = 4,
                                .kernel = 3,
                                .stride = 2,
                                .pad = 2,
                                .output_padding = 2,
                                .dilation = 3}});
            }},
        {"conv_transpose2d_few_1",
            [](network& net) {
                const tensor x = net.input("input0", {2, 18, 3, 19});
                net.output("output",
                    x
                        | conv_transpose2d{
                            "layer", {.out = 1, .kernel = 4, .stride = 2, .pad = 1, .bias = true}});
            }},
        {"conv_transpose2d_few_2",
            [](network& net) {
                const tensor x = net.input("input0", {2, 20, 3, 35});
                net.output("output",
                    x
                        | conv_transpose2d{
                            "layer", {.out = 2, .kernel = 3, .pad = 1, .dilation = 2}});
            }},
        {"conv_transpose2d_few_3",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 3, 21});
                net.output("output",
                    x
                        | conv_transpose2d{"layer",
                            {.out = 3,
                                .kernel = 3,
                                .stride = 2,
                                .output_padding = 1,
                                .bias = true}});
            }},
        {"conv_transpose2d_few_5",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 2, 17});
                net.output("output",
                    x
                        | conv_transpose2d{
                            "layer", {.out = 5, .kernel = 2, .stride = {1, 3}, .groups = 5}});
            }},
    };
    return cases;
}

}  // namespace lamina_test
