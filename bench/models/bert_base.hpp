// SPDX-License-Identifier: Apache-2.0
// BERT-base: Devlin et al. 2018, section 3. The network alone; weights under the names of Hugging
// Face's BertModel. One text a row, all of the same length, segment 0 throughout.
#pragma once
#include <lamina/define.hpp>

namespace bench {

/// Self-attention in heads, without the shortcut: NxLxC -> NxLxC.
constexpr lamina::tensor bert_attention(lamina::tensor x, lamina::name at, int heads) {
    using namespace lamina;
    const int n = x.dims[0], length = x.dims[1], width = x.dims[2];
    const auto in_heads = [&](const char* part) {
        return x
            | linear{at / "self" / part, width}
        | reshape{{n, length, heads, width / heads}}
        | permute{{0, 2, 1, 3}};
    };
    return attention(in_heads("query"), in_heads("key"), in_heads("value"))
        | permute{{0, 2, 1, 3}}
    | reshape{x.dims}
    | linear{at / "output" / "dense", width};
}

/// Attention, then two dense layers, each with a shortcut and a layer norm behind it.
constexpr lamina::tensor bert_layer(lamina::tensor x, lamina::name at, int heads, int hidden) {
    using namespace lamina;
    constexpr layer_norm_options norm{.eps = 1e-12f};
    const name attention_at = at / "attention";
    x = add(x, bert_attention(x, attention_at, heads))
        | layer_norm{attention_at / "output" / "LayerNorm", norm};
    return add(x,
               x
                   | linear{at / "intermediate" / "dense", hidden}
                   | gelu_erf{}
                   | linear{at / "output" / "dense", x.dims[2]})
        | layer_norm{at / "output" / "LayerNorm", norm};
}

/// Input "ids" NxL, i32; outputs "hidden" NxLx768, of every token, and "pooled" Nx768, of the first.
/// Without a mask: no text is shorter than the others.
template <int Batch = 1> struct bert_base {
    static constexpr int length = 128, width = 768, heads = 12, depth = 12;
    static constexpr int vocabulary = 30522, positions = 512, segments = 2;

    static constexpr void define(lamina::network& net, lamina::shape ids = {Batch, length}) {
        using namespace lamina;
        const int tokens = ids[1];
        const name at = "embeddings", layers = name("encoder") / "layer";
        const auto table = [&](const char* part, int rows, int taken) {
            return net.parameter(at / part / "weight", {rows, width})
                | slice{0, {.start = 0, .stop = taken}};
        };
        auto x = net.input("ids", ids, dtype::i32)
            | embedding{at / "word_embeddings", {.rows = vocabulary, .width = width}};
        x = add(add(x, table("position_embeddings", positions, tokens)),
                table("token_type_embeddings", segments, 1))
            | layer_norm{at / "LayerNorm", {.eps = 1e-12f}};
        for (int layer = 0; layer < depth; ++layer)
            x = bert_layer(x, layers / layer, heads, 4 * width);
        net.output("hidden", x.expect({ids[0], tokens, width}));
        net.output("pooled",
            x
                | slice{1, {.start = 0, .stop = 1}}
                | reshape{{ids[0], width}}
                | linear{name("pooler") / "dense", width}
                | lamina::tanh{});
    }
};

}  // namespace bench
