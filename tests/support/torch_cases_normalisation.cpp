// SPDX-License-Identifier: Apache-2.0
// Normalisations.
// One group of torch_cases.hpp.
#include <lamina/layers/batch_norm.hpp>
#include <lamina/layers/normalize.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

std::span<const torch_case> normalisation_cases() {
    static constexpr torch_case cases[] = {
        {"batch_norm_image",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3, 4});
                net.output("output", x | batch_norm{"layer"});
            }},
        {"batch_norm_rank2",
            [](network& net) {
                const tensor x = net.input("input0", {3, 7});
                net.output("output", x | batch_norm{"layer"});
            }},
        {"batch_norm_rank3",
            [](network& net) {
                const tensor x = net.input("input0", {2, 4, 5});
                net.output("output", x | batch_norm{"layer"});
            }},
        {"batch_norm_no_affine",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3, 4});
                net.output("output", x | batch_norm{"layer", {.affine = false}});
            }},
        {"batch_norm_eps",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3, 4});
                net.output("output", x | batch_norm{"layer", {.eps = 0.5f}});
            }},
        {"layer_norm_last",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7});
                net.output("output", x | layer_norm{"layer"});
            }},
        {"layer_norm_last_two",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output", x | layer_norm{"layer", {.axes = 2}});
            }},
        {"layer_norm_no_affine",
            [](network& net) {
                const tensor x = net.input("input0", {3, 9});
                net.output("output", x | layer_norm{{}, {.affine = false}});
            }},
        {"layer_norm_eps",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7});
                net.output("output", x | layer_norm{"layer", {.eps = 0.1f}});
            }},
        {"layer_norm_wide",
            [](network& net) {
                const tensor x = net.input("input0", {3, 131});
                net.output("output", x | layer_norm{"layer"});
            }},
        {"layer_norm_no_bias",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7});
                net.output("output", x | layer_norm{"layer", {.bias = false}});
            }},
        {"rms_norm",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7});
                net.output("output", x | rms_norm{"layer", {.eps = 1e-6f}});
            }},
        {"rms_norm_no_affine",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7});
                net.output("output", x | rms_norm{{}, {.eps = 1e-6f, .affine = false}});
            }},
        {"rms_norm_eps",
            [](network& net) {
                const tensor x = net.input("input0", {2, 9});
                net.output("output", x | rms_norm{"layer", {.eps = 0.1f}});
            }},
        {"group_norm",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 3, 5});
                net.output("output", x | group_norm{"layer", 2});
            }},
        {"group_norm_each_channel",
            [](network& net) {
                const tensor x = net.input("input0", {2, 4, 3, 5});
                net.output("output", x | group_norm{"layer", 4});
            }},
        {"group_norm_one_group",
            [](network& net) {
                const tensor x = net.input("input0", {2, 4, 3, 5});
                net.output("output", x | group_norm{"layer", 1, {.eps = 0.1f}});
            }},
        {"group_norm_no_affine",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 3, 5});
                net.output("output", x | group_norm{{}, 3, {.affine = false}});
            }},
        {"group_norm_rank3",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 5});
                net.output("output", x | group_norm{"layer", 2});
            }},
        {"instance_norm",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3, 4});
                net.output("output", x | instance_norm{});
            }},
        {"instance_norm_affine",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3, 4});
                net.output("output", x | instance_norm{"layer", {.affine = true}});
            }},
        {"instance_norm_eps",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 4});
                net.output("output", x | instance_norm{"layer", {.eps = 0.1f, .affine = true}});
            }},
    };
    return cases;
}

}  // namespace lamina_test
