// SPDX-License-Identifier: Apache-2.0
// ViT, vision transformers B/16, B/32, L/16 and L/32.
//
// Task     classification (ImageNet)
// Source   Dosovitskiy et al. 2020, table 1; torchvision.models.vit_b_16 ...
#pragma once
#include "blocks/transformer.hpp"

namespace zoo {

/// Attention, then two dense layers, each behind a layer norm and with a shortcut: figure 1 right. Names
/// are those of torch.nn.MultiheadAttention.
constexpr tensor encoder_layer(tensor x, name at, int heads, int hidden) {
    constexpr layer_norm_options norm{.eps = 1e-6f};
    const name attention = at / "self_attention";
    x = add(x,
        self_attention(x | layer_norm{at / "ln_1", norm}, (attention / "in_proj_").prefix(),
            attention / "out_proj", heads));
    return add(
        x, gelu_mlp(x | layer_norm{at / "ln_2", norm}, at / "mlp" / 0, at / "mlp" / 3, hidden));
}

/// Input "image" Nx3xHxW; output "logits" Nx1000. The table of positions has a row a patch and one more, so
/// weights belong to a size of picture.
constexpr void define_vit(network& net, shape image, int width, int patch, int depth) {
    const name encoder = "encoder";
    const auto patches = patch_tokens(net.input("image", image), "conv_proj", width, patch);
    auto x = prepend({net.parameter("class_token", {1, 1, width})}, patches);
    x = add(x, net.parameter(encoder / "pos_embedding", {1, x.dims[1], width}));
    for (int layer = 0; layer < depth; ++layer)
        x = encoder_layer(
            x, encoder / "layers" / name("encoder_layer_", layer).view(), width / 64, 4 * width);

    x = x | layer_norm{encoder / "ln", {.eps = 1e-6f}} | slice{1, {.start = 0, .stop = 1}};
    net.output("logits", x | reshape{{image.n, width}} | linear{name("heads") / "head", 1000});
}

/// As torchvision.models.vit_b_16: `vit<'b', 16>`. `Depth` 0: 12 encoder layers, 24 for 'l'.
template <char Size, int Patch, int Batch = 1, int Side = 224, int Depth = 0> struct vit {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const int depth = Size == 'b' ? 12 : 24;
        define_vit(net, image, Size == 'b' ? 768 : 1024, Patch, Depth ? Depth : depth);
    }
};
template <int Batch = 1, int Side = 224, int Depth = 12>
using vit_b_16 = vit<'b', 16, Batch, Side, Depth>;

}  // namespace zoo
