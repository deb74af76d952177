// SPDX-License-Identifier: Apache-2.0
// The storyteller (260 thousand weights of a Llama) with weights of 8 and 4 bits in groups: the perplexity of its
// recorded text, against that with its floats.
#include "examples/storyteller/tell.hpp"
#include "layers.hpp"
#include "support/npy.hpp"
#include "support/planned_shapes.hpp"
#include "support/skip.hpp"

#include <doctest/doctest.h>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <type_traits>
#include <vector>

using namespace lamina_test;
using namespace lamina;

namespace {

constexpr zoo::story_size size;

/// The storyteller's blocks, with the logits of all rows. The head reads the embedding's table, which stays in floats.
void define(network& net, int rows, const weight_options* how) {
    const auto ids = net.input("tokens", {1, rows}, dtype::i32);
    auto position = net.state("position", {1}, dtype::i32);
    const auto turns = rotary_angles(net, rows, size.head(), {.position = position});
    auto x = ids | embedding{"tok_embeddings", {.rows = size.vocab, .width = size.width}};
    for (int i = 0; i < size.layers; ++i) x = zoo::story_block(net, x, i, position, turns, size);
    x = x | rms_norm{"norm", {.eps = 1e-5f}};
    net.output(
        "logits", x | linear{name("tok_embeddings").shared(), {.out = size.vocab, .bias = false}});
    update(position, position + static_cast<float>(rows));
    if (how) net.quantize_weights(*how);
}

struct told {
    double perplexity;
    std::uint64_t weight_bytes;
};

/// exp of the mean of -log of the probability of each token behind those before it.
told tell(const target& on, const weights& file, const std::vector<int>& text,
    const weight_options* how) {
    network net;
    const int rows = static_cast<int>(text.size()) - 1;
    define(net, rows, how);
    for (const problem& found : net.problems) FAIL(std::string(full_sentence(found).view()));
    const engine made(plan_at_run_time(net, on), file);
    context c = made.make_context();
    c.set_input("tokens", std::vector<int>(text.begin(), text.end() - 1));
    c.run();
    const auto logits = c.get("logits");
    double sum = 0;
    for (int t = 0; t < rows; ++t) {
        const auto first = logits.begin() + static_cast<std::ptrdiff_t>(t) * size.vocab;
        const double most = static_cast<double>(*std::max_element(first, first + size.vocab));
        double all = 0;
        for (int i = 0; i < size.vocab; ++i) all += std::exp(static_cast<double>(first[i]) - most);
        sum += std::log(all) + most
            - static_cast<double>(first[text[static_cast<std::size_t>(t) + 1]]);
    }
    return {std::exp(sum / rows), made.plan().weight_bytes};
}

}  // namespace

TEST_CASE("the story teller's text is as likely with weights of 8 bits, about so with 4") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    const weights file = weights::open(data + "stories260k/stories260k.safetensors");
    const auto recorded = read_npy(data + "stories260k/golden/greedy_tokens.npy").integers;
    const std::vector<int> text(recorded.begin(), recorded.end());
    const weight_options eight{.bits = 8, .group = 64}, four{.bits = 4, .group = 32},
        affine{.bits = 4, .group = 32, .zero_points = true};
    const told floats = tell(cpu, file, text, nullptr);
    const told by_eight = tell(cpu, file, text, &eight), by_four = tell(cpu, file, text, &four),
               by_affine = tell(cpu, file, text, &affine);
    std::printf("perplexity of %zu tokens %.4f; int8 %.4f, int4 %.4f, with zero points %.4f\n",
        text.size(), floats.perplexity, by_eight.perplexity, by_four.perplexity,
        by_affine.perplexity);
    CHECK(std::fabs(by_eight.perplexity / floats.perplexity - 1) < 0.01);
    CHECK(by_four.perplexity / floats.perplexity < 1.2);
    CHECK(by_affine.perplexity / floats.perplexity < 1.2);
    CHECK(by_eight.weight_bytes < floats.weight_bytes * 45 / 100);
    CHECK(by_four.weight_bytes < floats.weight_bytes * 36 / 100);
    const told on_gpu = tell(gpu, file, text, &four);
    CHECK(std::fabs(on_gpu.perplexity / by_four.perplexity - 1) < 1e-4);
}

TEST_CASE_TEMPLATE("tell --bits writes the same text from its own beginning as from nothing", net,
    story_program::net_of_bits<8>, story_program::net_of_bits<4>) {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    const weights file = weights::open(data + "stories260k/stories260k.safetensors");
    const auto recorded = read_npy(data + "stories260k/golden/greedy_tokens.npy").integers;
    constexpr bool eight = std::is_same_v<net, story_program::net_of_bits<8>>;
    const planned_shapes<story_program::net> floats(cpu);
    const std::uint64_t float_bytes = engine(floats, file).plan().weight_bytes;
    const planned_shapes<net> planned(cpu);
    const engine made(planned, file);
    CHECK(made.plan().weight_bytes < float_bytes * (eight ? 45 : 36) / 100);
    story_program::teller teller(made);
    const auto told = [&](std::vector<int> text) {
        teller.tell(text, 60, {}, [&](int next) { text.push_back(next); });
        return text;
    };
    const std::vector<int> text = told({story_program::vocabulary::begin});
    REQUIRE(text.size() == 60);
    // A prompt's rows go through another kernel than a single token's.
    CHECK(told(std::vector<int>(text.begin(), text.begin() + 33)) == text);
    if (eight) CHECK(std::equal(text.begin(), text.begin() + 30, recorded.begin()));
}
