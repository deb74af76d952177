// SPDX-License-Identifier: Apache-2.0
// Attention whose queries stand somewhere among the keys, positions, bags.
// One group of torch_cases.hpp.
#include <lamina/define.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

namespace {

/// Attention of the pixels of an image, heads of 8 columns and values of 16, and a depthwise convolution of the
/// values beside it, as YOLO11 has them.
template <int Batch> void pixels(network& net) {
    const tensor image = net.input("input0", {Batch, 64, 8, 12}) | max_pool{{.kernel = 2}};
    const auto [q, k, v] = split<3>(image | reshape{{Batch, 2, 32, 24}}, {8, 8, 16}, 2);
    const auto turned = [](const tensor& x) { return x | permute{{0, 1, 3, 2}}; };
    const tensor seen = turned(attention(turned(q), turned(k), turned(v)));
    const shape dims{Batch, 32, 4, 6};
    const tensor near
        = v | reshape{dims} | conv2d{"layer", {.out = 32, .kernel = 3, .pad = 1, .groups = 32}};
    net.output("output", near + (seen | reshape{dims}));
}

/// Attention within two halves of an image, as YOLO12 has it.
template <int Batch> void areas(network& net) {
    const tensor image = net.input("input0", {Batch, 96, 8, 12}) | max_pool{{.kernel = 2}};
    const auto all = image | reshape{{Batch, 2, 3, 16, 2, 12}} | permute{{2, 0, 4, 1, 5, 3}};
    const auto part = [&](int which) {
        return all
            | slice{0, {.start = which, .stop = which + 1}}
        | reshape{{2 * Batch, 2, 12, 16}};
    };
    const shape dims{Batch, 32, 4, 6};
    const auto as_image = [&](const tensor& x) {
        return x | reshape{{Batch, 2, 2, 12, 16}} | permute{{0, 2, 4, 1, 3}} | reshape{dims};
    };
    const tensor near
        = as_image(part(2)) | conv2d{"layer", {.out = 32, .kernel = 3, .pad = 1, .groups = 32}};
    net.output("output", near + as_image(attention(part(0), part(1), part(2))));
}

}  // namespace

std::span<const torch_case> place_cases() {
    static constexpr torch_case cases[] = {
        {"gqa",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 5, 8});
                const tensor y = net.input("input1", {2, 2, 9, 8});
                const tensor z = net.input("input2", {2, 2, 9, 4});
                net.output("output", attention(x, y, z, {.enable_gqa = true}));
            }},
        {"gqa_causal",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 5, 8});
                const tensor y = net.input("input1", {2, 2, 9, 8});
                const tensor z = net.input("input2", {2, 2, 9, 4});
                net.output("output", attention(x, y, z, {.causal = true, .enable_gqa = true}));
            }},
        {"gqa_mask_rows",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 5, 8});
                const tensor y = net.input("input1", {2, 2, 9, 8});
                const tensor z = net.input("input2", {2, 2, 9, 4});
                const tensor w = net.input("input3", {5, 9});
                net.output("output", attention(x, y, z, {.mask = w, .enable_gqa = true}));
            }},
        {"gqa_mask_heads",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 5, 8});
                const tensor y = net.input("input1", {2, 2, 9, 8});
                const tensor z = net.input("input2", {2, 2, 9, 4});
                const tensor w = net.input("input3", {6, 5, 9});
                net.output("output", attention(x, y, z, {.mask = w, .enable_gqa = true}));
            }},
        {"mqa_mask_keys",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 8});
                const tensor y = net.input("input1", {2, 1, 9, 8});
                const tensor z = net.input("input2", {2, 1, 9, 4});
                const tensor w = net.input("input3", {2, 1, 1, 9});
                net.output("output", attention(x, y, z, {.mask = w, .enable_gqa = true}));
            }},
        {"mqa_mask_head_keys",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 8});
                const tensor y = net.input("input1", {2, 1, 9, 8});
                const tensor z = net.input("input2", {2, 1, 9, 4});
                const tensor w = net.input("input3", {3, 1, 9});
                net.output("output", attention(x, y, z, {.mask = w, .enable_gqa = true}));
            }},
        // torch: F.scaled_dot_product_attention(x, y, z, attn_mask=w > -0.5)
        {"attention_truths",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 8}),
                             y = net.input("input1", {2, 3, 7, 8}),
                             z = net.input("input2", {2, 3, 7, 4}),
                             w = net.input("input3", {2, 1, 5, 7});
                net.output("output", attention(x, y, z, {.mask = gt(w, -0.5f)}));
            }},
        // torch: F.scaled_dot_product_attention(x, y, z, attn_mask=w > -0.5, enable_gqa=True)
        {"attention_truths_gqa",
            [](network& net) {
                const tensor x = net.input("input0", {2, 4, 5, 8}),
                             y = net.input("input1", {2, 2, 7, 8}),
                             z = net.input("input2", {2, 2, 7, 4}), w = net.input("input3", {5, 7});
                net.output(
                    "output", attention(x, y, z, {.mask = gt(w, -0.5f), .enable_gqa = true}));
            }},
        {"attention_position",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 5, 8});
                const tensor y = net.input("input1", {2, 6, 9, 8});
                const tensor z = net.input("input2", {2, 6, 9, 4});
                net.output(
                    "output", attention(x, y, z, {.causal = true, .position = net.constant({3})}));
            }},
        {"attention_positions",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 5, 8});
                const tensor y = net.input("input1", {2, 2, 9, 8});
                const tensor z = net.input("input2", {2, 2, 9, 4});
                net.output("output",
                    attention(x, y, z,
                        {.causal = true, .position = net.constant({1, 4}), .enable_gqa = true}));
            }},
        {"attention_length",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 5, 8});
                const tensor y = net.input("input1", {2, 6, 9, 8});
                const tensor z = net.input("input2", {2, 6, 9, 4});
                net.output("output", attention(x, y, z, {.length = net.constant({4, 0})}));
            }},
        {"attention_window",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 5, 8});
                const tensor y = net.input("input1", {2, 2, 9, 8});
                const tensor z = net.input("input2", {2, 2, 9, 4});
                net.output("output",
                    attention(x, y, z,
                        {.causal = true,
                            .position = net.constant({3}),
                            .window_left = 2,
                            .enable_gqa = true}));
            }},
        {"attention_window_both",
            [](network& net) {
                const tensor x = net.input("input0", {2, 2, 37, 8});
                const tensor y = net.input("input1", {2, 2, 41, 8});
                const tensor z = net.input("input2", {2, 2, 41, 4});
                net.output("output",
                    attention(x, y, z,
                        {.position = net.constant({2}), .window_left = 1, .window_right = 2}));
            }},
        {"attention_step",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 1, 8});
                const tensor y = net.input("input1", {2, 2, 41, 8});
                const tensor z = net.input("input2", {2, 2, 41, 4});
                net.output("output",
                    attention(x, y, z,
                        {.causal = true,
                            .position = net.constant({37}),
                            .window_left = 19,
                            .enable_gqa = true}));
            }},
        {"attention_long",
            [](network& net) {
                const tensor x = net.input("input0", {2, 4, 40, 8});
                const tensor y = net.input("input1", {2, 2, 200, 8});
                const tensor z = net.input("input2", {2, 2, 200, 4});
                net.output("output",
                    attention(x, y, z,
                        {.causal = true, .position = net.constant({150}), .enable_gqa = true}));
            }},
        {"attention_long_window",
            [](network& net) {
                const tensor x = net.input("input0", {2, 2, 40, 8});
                const tensor y = net.input("input1", {2, 2, 200, 8});
                const tensor z = net.input("input2", {2, 2, 200, 4});
                net.output("output",
                    attention(x, y, z,
                        {.causal = true, .position = net.constant({150}), .window_left = 30}));
            }},
        {"rotary",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 8});
                net.output("output", rotary(x, rotary_angles(net, 5, 8)));
            }},
        {"rotary_position",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 8});
                net.output("output",
                    rotary(x,
                        rotary_angles(net, 5, 8, {.theta = 500, .position = net.constant({300})})));
            }},
        {"rotary_interleaved",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 8});
                net.output("output",
                    rotary(x, rotary_angles(net, 5, 8, {.position = net.constant({7})}),
                        {.interleaved = true}));
            }},
        {"rotary_partial",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 11});
                net.output(
                    "output", rotary(x, rotary_angles(net, 5, 6, {.position = net.constant({7})})));
            }},
        {"rotary_partial_interleaved",
            [](network& net) {
                const tensor x = net.input("input0", {3, 5, 11});
                net.output("output",
                    rotary(x, rotary_angles(net, 5, 6, {.position = net.constant({7})}),
                        {.interleaved = true}));
            }},
        {"rotary_positions",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 8});
                net.output("output",
                    rotary(x, rotary_angles(net, 5, 8, {.position = net.constant({2, 9})})));
            }},
        {"rotary_heads",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 66});
                const tensor heads = x | reshape{{2, 5, 3, 22}} | permute{{0, 2, 1, 3}};
                const tensor turned
                    = rotary(heads, rotary_angles(net, 5, 22, {.position = net.constant({2, 9})}));
                net.output("output",
                    (turned * 0.25f + heads) | permute{{0, 2, 1, 3}} | reshape{{2, 5, 66}});
            }},
        {"rotary_rows",
            [](network& net) {
                const tensor x = net.input("input0", {7, 40});
                net.output("output",
                    rotary(x * 2.f, rotary_angles(net, 7, 36), {.interleaved = true}) | relu{});
            }},
        {"attention_pixels", pixels<1>},
        {"attention_pixels_batch", pixels<2>},
        {"attention_areas", areas<1>},
        {"attention_areas_batch", areas<2>},
        {"alibi",
            [](network& net) {
                const tensor x = net.input("input0", {6, 1, 9});
                net.output("output", x + alibi(net, 6, 9));
            }},
        {"relative_bias",
            [](network& net) {
                const tensor x = net.input("input0", {3, 2, 300});
                net.output("output",
                    x
                        + relative_position_bias(net, "relative", 2, 300,
                            {.heads = 3, .position = net.constant({150})}));
            }},
        {"relative_bias_before",
            [](network& net) {
                const tensor x = net.input("input0", {3, 3, 150});
                net.output("output",
                    x
                        + relative_position_bias(net, "relative", 3, 150,
                            {.heads = 3,
                                .num_buckets = 16,
                                .max_distance = 40,
                                .bidirectional = false,
                                .position = net.constant({140})}));
            }},
        {"window_bias",
            [](network& net) {
                const tensor x = net.input("input0", {2, 12, 12});
                net.output("output", x + window_position_bias(net, "table", 3, 4, 2));
            }},
        {"bag_sum",
            [](network& net) {
                const tensor x = net.input("input0", {3, 5}, dtype::i32);
                net.output("output",
                    x | embedding_bag{"bag", {.rows = 11, .width = 4, .mode = bag_mode::sum}});
            }},
        {"bag_sum_padding",
            [](network& net) {
                const tensor x = net.input("input0", {3, 5}, dtype::i32);
                net.output("output",
                    x
                        | embedding_bag{"bag",
                            {.rows = 11, .width = 4, .mode = bag_mode::sum, .padding_idx = 3}});
            }},
        {"bag_sum_offsets",
            [](network& net) {
                const tensor x = net.input("input0", {15}, dtype::i32);
                net.output("output",
                    x
                        | embedding_bag{"bag",
                            {.rows = 11,
                                .width = 4,
                                .mode = bag_mode::sum,
                                .offsets = net.constant({0, 4, 4, 9})}});
            }},
        {"bag_mean",
            [](network& net) {
                const tensor x = net.input("input0", {3, 5}, dtype::i32);
                net.output("output",
                    x | embedding_bag{"bag", {.rows = 11, .width = 4, .mode = bag_mode::mean}});
            }},
        {"bag_mean_padding",
            [](network& net) {
                const tensor x = net.input("input0", {3, 5}, dtype::i32);
                net.output("output",
                    x
                        | embedding_bag{"bag",
                            {.rows = 11, .width = 4, .mode = bag_mode::mean, .padding_idx = 3}});
            }},
        {"bag_mean_offsets",
            [](network& net) {
                const tensor x = net.input("input0", {15}, dtype::i32);
                net.output("output",
                    x
                        | embedding_bag{"bag",
                            {.rows = 11,
                                .width = 4,
                                .mode = bag_mode::mean,
                                .offsets = net.constant({0, 4, 4, 9})}});
            }},
        {"bag_max",
            [](network& net) {
                const tensor x = net.input("input0", {3, 5}, dtype::i32);
                net.output("output",
                    x | embedding_bag{"bag", {.rows = 11, .width = 4, .mode = bag_mode::max}});
            }},
        {"bag_max_padding",
            [](network& net) {
                const tensor x = net.input("input0", {3, 5}, dtype::i32);
                net.output("output",
                    x
                        | embedding_bag{"bag",
                            {.rows = 11, .width = 4, .mode = bag_mode::max, .padding_idx = 3}});
            }},
        {"bag_max_offsets",
            [](network& net) {
                const tensor x = net.input("input0", {15}, dtype::i32);
                net.output("output",
                    x
                        | embedding_bag{"bag",
                            {.rows = 11,
                                .width = 4,
                                .mode = bag_mode::max,
                                .offsets = net.constant({0, 4, 4, 9})}});
            }},
        {"bag_mean_offsets_padding",
            [](network& net) {
                const tensor x = net.input("input0", {15}, dtype::i32);
                net.output("output",
                    x
                        | embedding_bag{"bag",
                            {.rows = 11,
                                .width = 4,
                                .mode = bag_mode::mean,
                                .padding_idx = 3,
                                .offsets = net.constant({0, 4, 10})}});
            }},
        {"bag_weights",
            [](network& net) {
                const tensor x = net.input("input0", {3, 5}, dtype::i32);
                const tensor y = net.input("input1", {3, 5});
                net.output("output",
                    x
                        | embedding_bag{"bag",
                            {.rows = 11,
                                .width = 4,
                                .mode = bag_mode::sum,
                                .per_sample_weights = y}});
            }},
        {"bag_weights_offsets",
            [](network& net) {
                const tensor x = net.input("input0", {15}, dtype::i32);
                const tensor y = net.input("input1", {15});
                net.output("output",
                    x
                        | embedding_bag{"bag",
                            {.rows = 11,
                                .width = 4,
                                .mode = bag_mode::sum,
                                .offsets = net.constant({0, 4, 9}),
                                .per_sample_weights = y}});
            }},
        {"repetition_penalty",
            [](network& net) {
                const tensor x = net.input("input0", {2, 11});
                const tensor y = net.input("input1", {2, 3}, dtype::i32);
                net.output("output", repetition_penalty(x, y, 1.25f));
            }},
    };
    return cases;
}

}  // namespace lamina_test
