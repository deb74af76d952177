// SPDX-License-Identifier: Apache-2.0
// Llama: rotary positions, queries that share keys and values (GQA), gated linear layers, RMS norms.
//
// Task     language: the next token
// Source   Touvron et al. 2023, Ainslie et al. 2023; transformers' LlamaForCausalLM.
#pragma once
#include "blocks/transformer.hpp"

namespace zoo {

struct llama_form {
    int layers = 2, width = 256, heads = 8, shared_heads = 2, hidden = 688, vocabulary = 32000;
};

constexpr tensor unbiased(tensor x, name at, int out) {
    return x | linear{at, {.out = out, .bias = false}};
}

constexpr tensor llama_attention(
    tensor x, name at, const llama_form& form, const rotary_table& turns) {
    const int side = form.width / form.heads, few = form.shared_heads * side;
    const auto q = rotary(to_heads(unbiased(x, at / "q_proj", form.width), form.heads), turns);
    const auto k = rotary(to_heads(unbiased(x, at / "k_proj", few), form.shared_heads), turns);
    const auto v = to_heads(unbiased(x, at / "v_proj", few), form.shared_heads);
    const auto shared
        = [&](tensor y) { return y | repeat_interleave{form.heads / form.shared_heads, 1}; };
    const auto seen = from_heads(attention(q, shared(k), shared(v), {.causal = true}));
    return unbiased(seen, at / "o_proj", form.width);
}

/// Inputs "tokens" NxT, i32, and "cos" and "sin" TxD/2 of position / 10000^(2i / D), D the width of a head;
/// output "logits" NxTxVOCABULARY.
constexpr void define_llama(network& net, shape tokens, const llama_form& form) {
    constexpr rms_norm_options norm{.eps = 1e-6f};
    const name model = "model";
    const embedding_options table{.rows = form.vocabulary, .width = form.width};
    auto x = net.input("tokens", tokens, dtype::i32) | embedding{model / "embed_tokens", table};
    const shape angles{tokens[1], form.width / form.heads / 2};
    const rotary_table turns{net.input("cos", angles), net.input("sin", angles)};
    for (int i = 0; i < form.layers; ++i) {
        const name at = model / "layers" / i, mlp = at / "mlp";
        x = x
            + llama_attention(
                x | rms_norm{at / "input_layernorm", norm}, at / "self_attn", form, turns);
        const auto n = x | rms_norm{at / "post_attention_layernorm", norm};
        const auto gate = unbiased(n, mlp / "gate_proj", form.hidden) | silu{};
        x = x
            + unbiased(
                gate * unbiased(n, mlp / "up_proj", form.hidden), mlp / "down_proj", form.width);
    }
    x = x | rms_norm{model / "norm", norm};
    net.output("logits", unbiased(x, "lm_head", form.vocabulary));
}

/// A small one, whose parts are those of the large ones. (g++ 12 fails at {Batch, Length} without its type where
/// another template of the file has the same with other parameters before them.)
template <int Batch = 1, int Length = 64> struct llama_block {
    static constexpr void define(network& net, shape tokens = shape{Batch, Length}) {
        constexpr llama_form form{};
        define_llama(net, tokens, form);
    }
};

}  // namespace zoo
