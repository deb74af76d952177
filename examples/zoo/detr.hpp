// SPDX-License-Identifier: Apache-2.0
// DETR: a transformer that answers a hundred questions about a picture, each with one box.
//
// Task     detection (COCO)
// Source   Carion et al. 2020, figure 2; transformers' DetrForObjectDetection, whose weight names these are.
#pragma once
#include "blocks/detr.hpp"
#include "blocks/residual.hpp"

namespace zoo {

/// Attention of `q` over `k` and `v`, with linear layers before and after it.
constexpr tensor detr_attention(tensor q, tensor k, tensor v, name at, int heads) {
    const int width = q.dims[2];
    return multi_head_attention(q | linear{at / "q_proj", width}, k | linear{at / "k_proj", width},
               v | linear{at / "v_proj", width}, heads)
        | linear{at / "o_proj", width};
}

/// Two linear layers with relu between them, a shortcut and a norm: the end of every layer.
constexpr tensor detr_mlp(tensor x, name at, int hidden) {
    const auto y
        = x | linear{at / "mlp" / "fc1", hidden} | relu{} | linear{at / "mlp" / "fc2", x.dims[2]};
    return add(x, y) | layer_norm{at / "final_layer_norm"};
}

/// Input "image" Nx3xHxW, normalised as for ImageNet; outputs "logits" NxQUERIESx(CLASSES + 1), the last
/// class is "nothing", and "boxes" NxQUERIESx4: middle and size over those of the picture. All pictures of a
/// batch fill their place: there is no mask of padding.
template <int Depth = 50, int Classes = 91, int Queries = 100, int Batch = 1, int Height = 800,
    int Across = 1056>
struct detr {
    static constexpr void define(network& net, shape image = {Batch, 3, Height, Across}) {
        constexpr int width = 256, heads = 8, hidden = 2048;
        const name model = "model", encoder = model / "encoder", decoder = model / "decoder";
        const auto map = resnet_backbone(net.input("image", image), {.depth = Depth},
                             model / "backbone" / "model")
                             .stage[3]
            | conv2d{model / "input_projection", biased(width, 1)};
        const auto places = sine_places(
            net, map.dims.h, map.dims.w, width / 2,
            [](int feature) { return power_of(10000, feature / 2 * 2 / (width / 2.0)); },
            [](int place, int extent, int feature, double slower) {
                const double turns = (place + 1) / (extent + 1e-6) / slower;
                return feature % 2 ? turns + 0.25 : turns;
            });
        auto memory = image_tokens(map);
        for (int i = 0; i < 6; ++i) {
            const name at = encoder / "layers" / i;
            const auto placed = add(memory, places);
            memory = add(memory, detr_attention(placed, placed, memory, at / "self_attn", heads));
            memory = detr_mlp(memory | layer_norm{at / "self_attn_layer_norm"}, at, hidden);
        }
        const auto placed_memory = add(memory, places);
        const auto queries
            = net.parameter(model / "query_position_embeddings" / "weight", {Queries, width});
        auto x = full(net, {image.n, Queries, width}, 0);
        for (int i = 0; i < 6; ++i) {
            const name at = decoder / "layers" / i;
            const auto asked = add(x, queries);
            x = add(x, detr_attention(asked, asked, x, at / "self_attn", heads))
                | layer_norm{at / "self_attn_layer_norm"};
            x = add(x,
                    detr_attention(
                        add(x, queries), placed_memory, memory, at / "encoder_attn", heads))
                | layer_norm{at / "encoder_attn_layer_norm"};
            x = detr_mlp(x, at, hidden);
        }
        x = x | layer_norm{decoder / "layernorm"};
        net.output("logits", x | linear{"class_labels_classifier", Classes + 1});
        net.output("boxes", several_linear(x, "bbox_predictor", width, 4, 3) | sigmoid{});
    }
};

}  // namespace zoo
