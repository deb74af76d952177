// SPDX-License-Identifier: Apache-2.0
// ViT-B/16 for ImageNet, a vision transformer: Dosovitskiy et al. 2020, table 1. The network alone;
// weights as torchvision's.
#pragma once
#include <lamina/define.hpp>

#include <vector>

namespace zoo {
using namespace lamina;

/// Self-attention in heads: NxLxC -> NxLxC. Queries, keys and values come from one product, with the
/// names of torch.nn.MultiheadAttention.
constexpr tensor self_attention(tensor x, name at, int heads) {
    const int n = x.dims[0], length = x.dims[1], width = x.dims[2];
    const auto to_heads = [&](tensor part) {
        return part | reshape{{n, length, heads, width / heads}} | permute{{0, 2, 1, 3}};
    };
    const auto [q, k, v] = chunk<3>(x | linear{(at / "in_proj_").prefix(), 3 * width}, 2);
    const auto y = attention(to_heads(q), to_heads(k), to_heads(v))
        | permute{{0, 2, 1, 3}}
        | reshape{x.dims}
        | linear{at / "out_proj", width};
    return y;
}

/// Attention, then two dense layers, each behind a layer norm and with a shortcut: figure 1 right.
constexpr tensor encoder_layer(tensor x, name at, int heads, int hidden) {
    constexpr layer_norm_options norm{.eps = 1e-6f};
    x = add(x, self_attention(x | layer_norm{at / "ln_1", norm}, at / "self_attention", heads));
    return add(x,
        x
            | layer_norm{at / "ln_2", norm}
            | linear{at / "mlp" / 0, hidden}
            | gelu_erf{}
            | linear{at / "mlp" / 3, x.dims[2]});
}

/// Input "image" Nx3x224x224; output "logits" Nx1000. As torchvision.models.vit_b_16. `Depth` is the
/// number of encoder layers.
template <int Batch = 1, int Side = 224, int Depth = 12> struct vit_b_16 {
    static constexpr int patch = 16, width = 768, heads = 12;
    static constexpr int tokens = Side / patch * (Side / patch) + 1;

    static constexpr void define(network& net) {
        const name encoder = "encoder";
        const auto patches = net.input("image", {Batch, 3, Side, Side})
            | conv2d{"conv_proj", {.out = width, .kernel = patch, .stride = patch, .bias = true}}
            | flatten{2}
            | permute{{0, 2, 1}};
        const auto token = net.parameter("class_token", {1, 1, width});
        const auto position = net.parameter(encoder / "pos_embedding", {1, tokens, width});

        auto x = concat({concat(std::vector<tensor>(Batch, token), 0), patches}, 1);
        x = add(x, position).expect({Batch, tokens, width});
        for (int layer = 0; layer < Depth; ++layer)
            x = encoder_layer(
                x, encoder / "layers" / name("encoder_layer_", layer).view(), heads, 4 * width);

        x = x | layer_norm{encoder / "ln", {.eps = 1e-6f}} | slice{1, {.start = 0, .stop = 1}};
        net.output("logits", x | reshape{{Batch, width}} | linear{name("heads") / "head", 1000});
    }
};

}  // namespace zoo
