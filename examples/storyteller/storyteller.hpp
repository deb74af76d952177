// SPDX-License-Identifier: Apache-2.0
// A Llama-2 language model (karpathy/llama2.c, TinyStories) that remembers in states: the keys and values of
// all earlier tokens, and how many there were. A run takes any number of tokens: the whole prompt, then one at a time.
#pragma once
#include <lamina/define.hpp>

namespace zoo {

/// stories260K: 260 thousand weights.
struct story_size {
    int vocab = 512, width = 64, layers = 5, heads = 8, kv_heads = 4, hidden = 172, context = 512;
    int bits = 32;  ///< of a weight of a linear layer: 8 or 4 in groups, 32 floats
    constexpr int head() const { return width / heads; }
};

/// Weights in `bits`. The head's are the embedding's table, which stays in floats.
constexpr void quantize_story(lamina::network& net, int bits) {
    if (bits < 32) net.quantize_weights({.bits = bits, .group = bits == 8 ? 64 : 32});
}

/// One of the model's blocks: attention over what the states hold, then a gated layer.
constexpr lamina::tensor story_block(lamina::network& net, const lamina::tensor& x, int number,
    const lamina::tensor& position, const lamina::rotary_table& turns, const story_size& size) {
    using namespace lamina;
    const name at = name("layers") / number;
    const int rows = x.dims[1], head = size.head();
    const auto project = [](const tensor& from, const name& of, int out) {
        return from | linear{of, {.out = out, .bias = false}};
    };
    const auto to_heads = [&](const tensor& from, int count) {
        return from | reshape{{1, rows, count, head}} | permute{{0, 2, 1, 3}};
    };
    const auto n = x | rms_norm{at / "attention_norm", {.eps = 1e-5f}};
    const name mix = at / "attention";
    const auto q = rotary(
        to_heads(project(n, mix / "wq", size.width), size.heads), turns, {.interleaved = true});
    const auto new_k = rotary(to_heads(project(n, mix / "wk", size.kv_heads * head), size.kv_heads),
        turns, {.interleaved = true});
    const auto new_v = to_heads(project(n, mix / "wv", size.kv_heads * head), size.kv_heads);

    const shape cache{1, size.kv_heads, size.context, head};
    auto k = net.state(name("k") / number, cache);
    auto v = net.state(name("v") / number, cache);
    k = update(k, new_k, {.axis = 2, .position = position});
    v = update(v, new_v, {.axis = 2, .position = position});
    const auto seen
        = attention(q, k, v, {.causal = true, .position = position, .enable_gqa = true});
    const auto mixed
        = x + project(seen | permute{{0, 2, 1, 3}} | reshape{x.dims}, mix / "wo", size.width);

    const auto m = mixed | rms_norm{at / "ffn_norm", {.eps = 1e-5f}};
    const name feed = at / "feed_forward";
    const auto gate = project(m, feed / "w1", size.hidden) | silu{};
    return mixed + project(gate * project(m, feed / "w3", size.hidden), feed / "w2", size.width);
}

/// Inputs "tokens" 1xROWS, which go on behind those of earlier runs: the dim "rows" is a prompt's length, then 1;
/// "seed", and "heat", 1 / temperature, 0 for the most likely token. Output "next", the token that follows.
template <story_size Size = story_size{}> struct storyteller {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        const int rows = net.dim("rows", {.max = Size.context});
        const auto ids = net.input("tokens", {1, rows}, dtype::i32);
        const auto seed = net.input("seed", {1}, dtype::i32);
        const auto heat = net.input("heat", {1});
        auto position = net.state("position", {1}, dtype::i32);

        const auto turns = rotary_angles(net, rows, Size.head(), {.position = position});
        auto x = ids | embedding{"tok_embeddings", {.rows = Size.vocab, .width = Size.width}};
        for (int i = 0; i < Size.layers; ++i) x = story_block(net, x, i, position, turns, Size);
        x = x | slice{1, {.start = rows - 1}} | rms_norm{"norm", {.eps = 1e-5f}};
        const auto logits
            = x | linear{name("tok_embeddings").shared(), {.out = Size.vocab, .bias = false}};

        quantize_story(net, Size.bits);

        const auto likely = logits | argmax{-1};
        const auto drawn = sample(logits * heat, seed, position, {.top_p = 0.95f});
        const auto next = where(eq(heat, 0), likely, drawn);
        update(position, position + rows);
        net.output("next", next);
    }
};

}  // namespace zoo
