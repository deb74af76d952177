// SPDX-License-Identifier: Apache-2.0
// Parts of transformers: heads, self-attention, encoder layers with their norms before (vision).
#pragma once
#include <lamina/define.hpp>

#include <vector>

namespace zoo {
using namespace lamina;

/// NxLxC -> NxHEADSxLx(C/HEADS).
constexpr tensor to_heads(tensor x, int heads) {
    return x | reshape{{x.dims[0], x.dims[1], heads, x.dims[2] / heads}} | permute{{0, 2, 1, 3}};
}

/// Back: NxHEADSxLxD -> NxLx(HEADS D).
constexpr tensor from_heads(tensor x) {
    const shape d = x.dims;
    return x | permute{{0, 2, 1, 3}} | reshape{{d[0], d[2], d[1] * d[3]}};
}

/// Attention in heads of three NxLxC: NxLxC.
constexpr tensor multi_head_attention(
    tensor q, tensor k, tensor v, int heads, attention_options o = {}) {
    return from_heads(attention(to_heads(q, heads), to_heads(k, heads), to_heads(v, heads), o));
}

/// Self-attention whose queries, keys and values come from one product `qkv`, and `out` after it.
constexpr tensor self_attention(tensor x, name qkv, name out, int heads) {
    const int width = x.dims[2];
    const auto [q, k, v] = chunk<3>(x | linear{qkv, 3 * width}, 2);
    return multi_head_attention(q, k, v, heads) | linear{out, width};
}

/// Two linear layers with gelu between them.
constexpr tensor gelu_mlp(tensor x, name first, name second, int hidden) {
    return x | linear{first, hidden} | gelu_erf{} | linear{second, x.dims[2]};
}

/// A parameter 1xLxC in front of the tokens of each picture: class tokens.
constexpr tensor prepend(const std::vector<tensor>& tokens, tensor x) {
    std::vector<tensor> parts;
    for (const tensor& token : tokens) parts.push_back(token | expand{{x.dims[0], -1, -1}});
    parts.push_back(x);
    return concat(parts, 1);
}

/// Pictures as tokens, patch by patch: NxCxHxW -> Nx(H/P W/P)xWIDTH.
constexpr tensor patch_tokens(tensor image, name at, int width, int patch) {
    return image
        | conv2d{at, {.out = width, .kernel = patch, .stride = patch, .bias = true}}
    | flatten{2}
    | permute{{0, 2, 1}};
}

}  // namespace zoo
