// SPDX-License-Identifier: Apache-2.0
// GPT-2, its four sizes: which token follows, for each place of a text.
//
// Task     language: the next token
// Source   Radford et al. 2019; transformers' GPT2LMHeadModel, whose products have their weights the other way
//          round than torch.nn.Linear.
#pragma once
#include "blocks/transformer.hpp"

namespace zoo {

/// x w + b with w as [in, out]: transformers' Conv1D.
constexpr tensor turned_linear(tensor x, name at, int out) {
    network& net = network_of(x);
    const int in = x.dims[x.dims.rank - 1];
    return matmul(x, net.parameter(at / "weight", {in, out})) + net.parameter(at / "bias", {out});
}

/// Norms stand before attention and before the two linear layers.
constexpr tensor gpt2_block(tensor x, name at, int heads) {
    const int width = x.dims[2];
    const auto n = x | layer_norm{at / "ln_1"};
    const auto [q, k, v] = chunk<3>(turned_linear(n, at / "attn" / "c_attn", 3 * width), 2);
    const auto seen = multi_head_attention(q, k, v, heads, {.causal = true});
    x = x + turned_linear(seen, at / "attn" / "c_proj", width);
    const auto y
        = turned_linear(x | layer_norm{at / "ln_2"}, at / "mlp" / "c_fc", 4 * width) | gelu_tanh{};
    return x + turned_linear(y, at / "mlp" / "c_proj", width);
}

/// Input "tokens" NxT, i32, T at most 1024; output "logits" NxTx50257. The small one is `gpt2<>`.
template <int Layers = 12, int Width = 768, int Batch = 1, int Length = 64> struct gpt2 {
    static constexpr void define(network& net, shape tokens = {Batch, Length}) {
        constexpr int vocabulary = 50257;
        const name model = "transformer";
        auto x = net.input("tokens", tokens, dtype::i32)
            | embedding{model / "wte", {.rows = vocabulary, .width = Width}};
        const auto positions = net.parameter(model / "wpe" / "weight", {1024, Width});
        x = x + (positions | slice{0, {.stop = tokens[1]}});
        for (int i = 0; i < Layers; ++i) x = gpt2_block(x, model / "h" / i, Width / 64);
        x = x | layer_norm{model / "ln_f"};
        net.output(
            "logits", x | linear{(model / "wte").shared(), {.out = vocabulary, .bias = false}});
    }
};

}  // namespace zoo
