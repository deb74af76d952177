// SPDX-License-Identifier: Apache-2.0
// A Llama-2 language model (260 thousand weights, TinyStories) against its recorded logits and
// layers: grouped-query attention, rotary positions, and an output tied to the embedding.
#include "examples/storyteller/tell.hpp"
#include "layers.hpp"
#include "support/near.hpp"
#include "support/npy.hpp"
#include "support/planned_shapes.hpp"
#include "support/skip.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

#include <cmath>

using namespace lamina_test;
using namespace lamina;

namespace {

constexpr int heads = 8, kv_heads = 4, width = 8, dim = heads * width, hidden = 172, vocab = 512;
constexpr int tokens = 64;
constexpr float eps = 1e-5f;

/// cos and sin of position / 10000^(2i / width), one row per position.
struct rotary {
    tensor cos, sin;
};

/// BxTxC -> BxHxTxD.
constexpr tensor to_heads(const tensor& x, int count) {
    return x | reshape{{x.dims[0], x.dims[1], count, width}} | permute{{0, 2, 1, 3}};
}

/// Turns the pairs (2i, 2i + 1) of the last axis by their position's angle.
constexpr tensor turn(const tensor& x, const rotary& by) {
    const int b = x.dims[0], h = x.dims[1], t = x.dims[2];
    const auto [even, odd] = split<2>(x | reshape{{b, h, t, width / 2, 2}}, {1, 1}, 4);
    return concat({even * by.cos - odd * by.sin, even * by.sin + odd * by.cos}, 4)
        | reshape{{b, h, t, width}};
}

/// Each of the key and value heads serves two query heads that lie next to each other.
constexpr tensor twice(const tensor& x) {
    const auto one = x | unsqueeze{2};
    return concat({one, one}, 2) | reshape{{x.dims[0], heads, x.dims[2], width}};
}

constexpr tensor project(const tensor& x, name at, int out) {
    return x | linear{at, {.out = out, .bias = false}};
}

constexpr tensor attend(const tensor& n, name at, const rotary& by) {
    const auto q = turn(to_heads(project(n, at / "wq", dim), heads), by);
    const auto k = turn(to_heads(project(n, at / "wk", kv_heads * width), kv_heads), by);
    const auto v = to_heads(project(n, at / "wv", kv_heads * width), kv_heads);
    const auto seen = attention(q, twice(k), twice(v), {.causal = true});
    return project(seen | permute{{0, 2, 1, 3}} | reshape{n.dims}, at / "wo", dim);
}

constexpr tensor feed_forward(const tensor& n, name at) {
    const auto gate = project(n, at / "w1", hidden) | silu{};
    return project(gate * project(n, at / "w3", hidden), at / "w2", dim);
}

/// Inputs "tokens" 1xT, "cos" and "sin" TxD/2x1; output "logits" 1xTxV. The weights of the output
/// are the embedding's: as a layer with a shared name, or (by_value) as a value in a product.
template <bool with_layers, bool by_value = false> struct stories {
    static constexpr void define(network& net) {
        const auto keep = [&](const char* at, const tensor& x) {
            if (with_layers) net.output(at, x);
        };
        const auto ids = net.input("tokens", {1, tokens}, dtype::i32);
        const rotary by{
            net.input("cos", {tokens, width / 2, 1}), net.input("sin", {tokens, width / 2, 1})};
        auto x = ids | embedding{"tok_embeddings", {.rows = vocab, .width = dim}};
        keep("tok_embeddings", x);
        for (int i = 0; i < 5; ++i) {
            const name at = name("layers") / i;
            const auto n = x | rms_norm{at / "attention_norm", {.eps = eps}};
            const auto mixed = attend(n, at / "attention", by);
            x = x + mixed;
            x = x + feed_forward(x | rms_norm{at / "ffn_norm", {.eps = eps}}, at / "feed_forward");
            if (i == 0) keep("layers.0.attention_in", n);
            if (i == 0) keep("layers.0.attention_out", mixed);
            if (i % 2 == 0) keep(i == 0 ? "layers.0" : i == 2 ? "layers.2" : "layers.4", x);
        }
        x = x | rms_norm{"norm", {.eps = eps}};
        keep("norm", x);
        if constexpr (by_value)
            x = matmul(x, net.parameter(name("tok_embeddings.weight").shared(), {vocab, dim}),
                {.transpose_b = true});
        else
            x = project(x, name("tok_embeddings").shared(), vocab);
        net.output("logits", x);
    }
};

const std::string weights_file = "stories260k/stories260k.safetensors";
const std::string golden = "stories260k/golden/";

template <class Net> results run_on(const lamina::target& target, const std::string& data) {
    std::vector<float> cosines, sines;
    for (int t = 0; t < tokens; ++t)
        for (int i = 0; i < width / 2; ++i) {
            const double angle = t / std::pow(10000.0, 2.0 * i / width);
            cosines.push_back(static_cast<float>(std::cos(angle)));
            sines.push_back(static_cast<float>(std::sin(angle)));
        }
    const std::vector<std::int64_t> read = read_npy(data + golden + "input_tokens.npy").integers;
    const std::vector<int> ids(read.begin(), read.end());
    network net;
    Net::define(net);
    for (const problem& found : net.problems) FAIL(std::string(full_sentence(found).view()));
    const engine engine(
        plan_at_run_time(net, target), weights::open(data + weights_file), device::best());
    return engine.run({{"tokens", ids}, {"cos", cosines}, {"sin", sines}});
}

void check_recorded(
    const result& found, const std::string& file, const std::string& data, double tolerance) {
    const auto d = near(found.values, read_npy(data + golden + file + ".npy").values, tolerance);
    CHECK_MESSAGE(d.is_near, file << ": " << d.what);
}

}  // namespace

TEST_CASE("the story teller's layers and logits are the recorded ones") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    for (const lamina::target& target : {lamina::cpu, lamina::gpu}) {
        INFO(std::string(target.label()));
        const results out = run_on<stories<true>>(target, data);
        for (const std::string layer : {"tok_embeddings", "layers.0.attention_in",
                 "layers.0.attention_out", "layers.0", "layers.2", "layers.4", "norm"})
            check_recorded(out[layer], "layer_" + layer, data, 1e-5);
        check_recorded(out["logits"], "output_logits", data, 1e-5);
    }
}

TEST_CASE("the story teller writes the recorded story, its tied weights a layer's or a value") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    const auto story = read_npy(data + golden + "greedy_tokens.npy").integers;
    for (const lamina::target& target : {lamina::cpu, lamina::gpu}) {
        INFO(std::string(target.label()));
        for (const bool by_value : {false, true}) {
            INFO(by_value);
            const result logits = (by_value ? run_on<stories<false, true>>(target, data)
                                            : run_on<stories<false>>(target, data))["logits"];
            check_recorded(logits, "output_logits", data, 1e-5);
            for (std::size_t t = 0; t < tokens; ++t) {
                const auto row = std::span(logits.values).subspan(t * vocab, vocab);
                CHECK(argmax_of(row) == story[t + 1]);
            }
        }
    }
}

TEST_CASE("with storage of 16 bits the story teller's logits stay near the recorded ones") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    for (const lamina::target& target :
        {lamina::cpu.half(), lamina::gpu.half(), lamina::cpu.bf16(), lamina::gpu.bf16()}) {
        INFO(std::string(target.label()), " ", std::string(to_text(target.numbers.storage)));
        const bool is_half = target.numbers.storage == lamina::dtype::f16;
        check_recorded(run_on<stories<false>>(target, data)["logits"], "output_logits", data,
            is_half ? 2e-2 : 1.6e-1);
    }
}

TEST_CASE("a context tells the recorded story, its prompt in one run, then a token a run") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    const story_program::vocabulary words(data + "stories260k/tokenizer.bin");
    const auto recorded = read_npy(data + golden + "greedy_tokens.npy").integers;
    const weights file = weights::open(data + weights_file);
    for (const lamina::target& target : {lamina::cpu, lamina::gpu, lamina::cpu.half()}) {
        INFO(std::string(target.label()), " ", std::string(to_text(target.numbers.storage)));
        const planned_shapes<story_program::net> planned(target);
        const engine made(planned, file);
        CHECK(made.plan().state_bytes >= 2 * 5 * 4 * 512 * 8 * size_bytes(made.plan().precision));
        story_program::teller teller(made);
        // From nothing; then from its first 41 tokens, which take one run.
        for (const std::size_t given : {1, 41}) {
            INFO(given, " tokens given");
            std::vector<int> told(recorded.begin(), recorded.begin() + static_cast<int>(given));
            const std::vector<int> begin = told;
            const int count = target.stores_floats() ? 256 : 60;
            const int runs = teller.tell(begin, count, {}, [&](int next) { told.push_back(next); });
            CHECK(runs == count - static_cast<int>(given) - 1);
            REQUIRE(told.size() == static_cast<std::size_t>(count));
            std::string text;
            for (std::size_t i = 1; i < told.size(); ++i) {
                CHECK(told[i] == recorded[i]);
                text += words.text(told[i], told[i - 1]);
            }
            CHECK(text.starts_with("Once upon a time, there was a little girl named Lily."));
            // What the tokens of the text are is known too.
            if (given == 1) CHECK(words.tokens(text) == told);
        }
        if (target == lamina::cpu) {  // a prompt in parts of any length
            const auto part = [&](int from, int to) {
                return std::vector<int>(recorded.begin() + from, recorded.begin() + to);
            };
            teller.begin({});
            CHECK(teller.run(part(0, 17)) == recorded[17]);
            CHECK(teller.run(part(17, 41)) == recorded[41]);
            CHECK(teller.run(part(41, 200)) == recorded[200]);
        }
        // With a temperature: another story for each seed, the same one for the same.
        std::vector<std::vector<int>> stories(3);
        for (int turn = 0; turn < 3; ++turn)
            teller.tell({1}, 40, {1.0f, turn / 2},
                [&](int next) { stories[static_cast<std::size_t>(turn)].push_back(next); });
        CHECK(stories[0] == stories[1]);
        CHECK(stories[0] != stories[2]);
    }
}
