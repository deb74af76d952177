// SPDX-License-Identifier: Apache-2.0
// BERT, the encoder: base, large and every other size.
//
// Task     language: a vector for each token and for the whole text
// Source   Devlin et al. 2018; transformers' BertModel with its pooler.
#pragma once
#include "blocks/transformer.hpp"

namespace zoo {

struct bert_form {
    int layers = 12, width = 768, heads = 12, vocabulary = 30522, positions = 512;
};

/// Attention and two linear layers, each with its shortcut and a norm behind it. `mask` is added to the scores.
constexpr tensor bert_layer(tensor x, name at, const bert_form& form, tensor mask) {
    constexpr layer_norm_options norm{.eps = 1e-12f};
    const int width = form.width;
    const name attention = at / "attention", self = attention / "self";
    const auto seen
        = multi_head_attention(x | linear{self / "query", width}, x | linear{self / "key", width},
            x | linear{self / "value", width}, form.heads, {.mask = mask});
    const name output = attention / "output";
    x = (x + (seen | linear{output / "dense", width})) | layer_norm{output / "LayerNorm", norm};
    const auto y = gelu_mlp(x, at / "intermediate" / "dense", at / "output" / "dense", 4 * width);
    return (x + y) | layer_norm{at / "output" / "LayerNorm", norm};
}

/// Inputs "tokens" and "types" NxT, i32, and "mask" NxT, 1 where there is a token and 0 behind the end; outputs
/// "states" NxTxWIDTH and "pooled" NxWIDTH.
constexpr void define_bert(network& net, shape tokens, const bert_form& form) {
    const int batch = tokens[0], length = tokens[1], width = form.width;
    const name embeddings = "embeddings";
    auto x = net.input("tokens", tokens, dtype::i32)
        | embedding{embeddings / "word_embeddings", {.rows = form.vocabulary, .width = width}};
    x = x
        + (net.input("types", tokens, dtype::i32)
            | embedding{embeddings / "token_type_embeddings", {.rows = 2, .width = width}});
    const auto positions
        = net.parameter(embeddings / "position_embeddings" / "weight", {form.positions, width});
    x = (x + (positions | slice{0, {.stop = length}}))
        | layer_norm{embeddings / "LayerNorm", {.eps = 1e-12f}};
    const auto mask = (net.input("mask", tokens) - 1.f) * 1e4f;  // e to the power of it is 0
    for (int i = 0; i < form.layers; ++i)
        x = bert_layer(
            x, name("encoder") / "layer" / i, form, mask | reshape{{batch, 1, 1, length}});
    net.output("states", x);
    const auto first = x | slice{1, {.stop = 1}} | reshape{{batch, width}};
    net.output("pooled", first | linear{name("pooler") / "dense", width} | lamina::tanh{});
}

/// `bert<>` is base, `bert<24, 1024>` large.
template <int Layers = 12, int Width = 768, int Batch = 1, int Length = 128> struct bert {
    static constexpr void define(network& net, shape tokens = {Batch, Length}) {
        define_bert(net, tokens, {.layers = Layers, .width = Width, .heads = Width / 64});
    }
};

}  // namespace zoo
