// SPDX-License-Identifier: Apache-2.0
// Linear layers, matrix products, attention.
// One group of torch_cases.hpp.
#include <lamina/layers/attention.hpp>
#include <lamina/layers/global_pool.hpp>
#include <lamina/layers/linear.hpp>
#include <lamina/layers/matmul.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

std::span<const torch_case> product_cases() {
    static constexpr torch_case cases[] = {
        {"linear_bias",
            [](network& net) {
                const tensor x = net.input("input0", {3, 7});
                net.output("output", x | linear{"layer", 5});
            }},
        {"linear_no_bias",
            [](network& net) {
                const tensor x = net.input("input0", {2, 7});
                net.output("output", x | linear{"layer", {.out = 5, .bias = false}});
            }},
        {"linear_rank3",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7});
                net.output("output", x | linear{"layer", 9});
            }},
        {"linear_rank4",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 2, 5});
                net.output("output", x | linear{"layer", 4});
            }},
        {"linear_wide",
            [](network& net) {
                const tensor x = net.input("input0", {3, 130});
                net.output("output", x | linear{"layer", 37});
            }},
        {"linear_behind_pool",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3, 4});
                net.output("output", x | global_avg_pool{} | linear{"layer", 4});
            }},
        {"matmul_rank2",
            [](network& net) {
                const tensor x = net.input("input0", {5, 7});
                const tensor y = net.input("input1", {7, 3});
                net.output("output", matmul(x, y));
            }},
        {"matmul_batched",
            [](network& net) {
                const tensor x = net.input("input0", {3, 5, 7});
                const tensor y = net.input("input1", {3, 7, 4});
                net.output("output", matmul(x, y));
            }},
        {"matmul_broadcast",
            [](network& net) {
                const tensor x = net.input("input0", {2, 1, 3, 4});
                const tensor y = net.input("input1", {5, 4, 6});
                net.output("output", matmul(x, y));
            }},
        {"matmul_one_matrix",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 4});
                const tensor y = net.input("input1", {4, 6});
                net.output("output", matmul(x, y));
            }},
        {"matmul_transpose_a",
            [](network& net) {
                const tensor x = net.input("input0", {2, 7, 5});
                const tensor y = net.input("input1", {2, 7, 3});
                net.output("output", matmul(x, y, {.transpose_a = true}));
            }},
        {"matmul_transpose_b",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 7});
                const tensor y = net.input("input1", {2, 3, 7});
                net.output("output", matmul(x, y, {.transpose_b = true}));
            }},
        {"matmul_transpose_both",
            [](network& net) {
                const tensor x = net.input("input0", {2, 7, 5});
                const tensor y = net.input("input1", {2, 3, 7});
                net.output("output", matmul(x, y, {.transpose_a = true, .transpose_b = true}));
            }},
        {"matmul_wide",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 67});
                const tensor y = net.input("input1", {2, 67, 35});
                net.output("output", matmul(x, y));
            }},
        {"attention_plain",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 8});
                const tensor y = net.input("input1", {2, 3, 5, 8});
                const tensor z = net.input("input2", {2, 3, 5, 8});
                net.output("output", attention(x, y, z));
            }},
        {"attention_rank3",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4});
                const tensor y = net.input("input1", {2, 7, 4});
                const tensor z = net.input("input2", {2, 7, 6});
                net.output("output", attention(x, y, z));
            }},
        {"attention_causal",
            [](network& net) {
                const tensor x = net.input("input0", {2, 2, 5, 8});
                const tensor y = net.input("input1", {2, 2, 5, 8});
                const tensor z = net.input("input2", {2, 2, 5, 8});
                net.output("output", attention(x, y, z, {.causal = true}));
            }},
        {"attention_causal_cross",
            [](network& net) {
                const tensor x = net.input("input0", {1, 2, 4, 8});
                const tensor y = net.input("input1", {1, 2, 6, 8});
                const tensor z = net.input("input2", {1, 2, 6, 8});
                net.output("output", attention(x, y, z, {.causal = true}));
            }},
        {"attention_mask",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 8});
                const tensor y = net.input("input1", {2, 3, 5, 8});
                const tensor z = net.input("input2", {2, 3, 5, 8});
                const tensor w = net.input("input3", {2, 3, 5, 5});
                net.output("output", attention(x, y, z, {.mask = w}));
            }},
        {"attention_mask_broadcast",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 8});
                const tensor y = net.input("input1", {2, 3, 6, 8});
                const tensor z = net.input("input2", {2, 3, 6, 8});
                const tensor w = net.input("input3", {4, 6});
                net.output("output", attention(x, y, z, {.mask = w}));
            }},
        {"attention_scale",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 8});
                const tensor y = net.input("input1", {2, 3, 5, 8});
                const tensor z = net.input("input2", {2, 3, 5, 8});
                net.output("output", attention(x, y, z, {.scale = 0.25f}));
            }},
        {"attention_padding_mask",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 6, 8});
                const tensor y = net.input("input1", {2, 3, 6, 8});
                const tensor z = net.input("input2", {2, 3, 6, 8});
                const tensor w = net.input("input3", {2, 1, 1, 6});
                net.output("output", attention(x, y, z, {.mask = w}));
            }},
    };
    return cases;
}

}  // namespace lamina_test
