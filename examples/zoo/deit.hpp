// SPDX-License-Identifier: Apache-2.0
// Vision transformers with timm's names: DeiT tiny, small and base, ViT tiny and small.
//
// Task     classification (ImageNet)
// Source   Touvron et al. 2020, table 1; timm's deit_tiny_patch16_224 ... and vit_tiny_patch16_224 ...
#pragma once
#include "blocks/transformer.hpp"

namespace zoo {

/// Input "image" Nx3xHxW; output "logits" Nx1000: `deit<192>` is tiny, `deit<384>` small, `deit<768>` base.
/// The weights belong to a size of picture.
template <int Width, int Patch = 16, int Batch = 1, int Side = 224> struct deit {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr layer_norm_options norm{.eps = 1e-6f};
        const auto patches
            = patch_tokens(net.input("image", image), name("patch_embed") / "proj", Width, Patch);
        auto x = prepend({net.parameter("cls_token", {1, 1, Width})}, patches);
        x = x + net.parameter("pos_embed", {1, x.dims[1], Width});
        for (int i = 0; i < 12; ++i) {
            const name at = name("blocks") / i, attention = at / "attn";
            x = x
                + self_attention(x | layer_norm{at / "norm1", norm}, attention / "qkv",
                    attention / "proj", Width / 64);
            x = x
                + gelu_mlp(x | layer_norm{at / "norm2", norm}, at / "mlp" / "fc1",
                    at / "mlp" / "fc2", 4 * Width);
        }
        x = x | layer_norm{"norm", norm} | slice{1, {.stop = 1}};
        net.output("logits", x | reshape{{image.n, Width}} | linear{"head", 1000});
    }
};

}  // namespace zoo
