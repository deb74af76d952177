// SPDX-License-Identifier: Apache-2.0
// The networks of docs/guide/states.md that run in pieces, against the same in one piece.
#include "tests/support/near.hpp"
#include "tests/support/random_weights.hpp"

#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace lamina;

namespace {

// [enhancer]
/// Removes noise from sound of 16 kHz: a GRU finds how much of each frequency is voice. Frames of 20 ms
/// overlap by half. A run takes any number of new halves, and gives as many, 10 ms later.
template <int Halves> struct enhancer {
    static constexpr int half = 160, bins = half + 1;
    static constexpr void define(network& net) {
        auto sound = net.input("sound", {1, Halves * half});
        auto before = net.state("before", {1, half});  // the last half of the run before
        auto window = hann_window(net, 2 * half) | lamina::sqrt{};
        auto spectrum = concat({before, sound})
            | stft{{.n_fft = 2 * half, .hop_length = half, .window = window, .center = false}};
        update(before, sound | slice{1, {.start = (Halves - 1) * half}});

        auto power = spectrum * spectrum | reduce_sum{3};
        auto h = net.state("h", {1, 1, 64});
        auto [voice, last] = (power + 1e-5f)
            | lamina::log{}
            | permute{{2, 0, 1}}
            | gru{"gru", {.hidden_size = 64}, h};
        update(h, last);
        auto mask = voice | linear{"mask", {.out = bins}} | sigmoid{};

        auto frames = (spectrum | permute{{2, 1, 0, 3}}) * (mask | reshape{{Halves, bins, 1, 1}})
            | istft{{.n_fft = 2 * half, .hop_length = 2 * half, .center = false}};
        frames = frames * window;
        auto tail = net.state("tail", {1, half});  // the second half of the last frame
        auto ends = concat({tail, frames | slice{1, {.start = half}}}, 0);
        net.output("clean",
            (frames | slice{1, {.stop = half}}) + (ends | slice{0, {.stop = Halves}})
                | reshape{{1, Halves * half}});
        update(tail, ends | slice{0, {.start = Halves}});
    }
};
// [/enhancer]

template <class Net> engine engine_of(const weights& file, const target& where) {
    network net;
    Net::define(net);
    REQUIRE_MESSAGE(net.problems.empty(), net.problems[0].what.c_str());
    return engine(plan_at_run_time(net, where), file);
}

template <class Net> lamina_test::random_weights weights_of(lamina_test::random_source& random) {
    network net;
    Net::define(net);
    return {net, random};
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
    REQUIRE(a.size() == b.size());
    double most = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        most = std::max(most, std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    return most;
}

// [translator]
/// What a decoder reads of the encoder's result: keys and values of 50 places, 4 heads of 16. Both networks
/// declare them.
struct cross_states {
    tensor k, v;
    constexpr explicit cross_states(network& net)
        : k(net.state("cross_k", {1, 4, 50, 16})), v(net.state("cross_v", {1, 4, 50, 16})) {}
};
constexpr tensor heads_of(const tensor& x) {
    return x | reshape{{1, x.dims.c, 4, 16}} | permute{{0, 2, 1, 3}};
}

struct encoder {
    static constexpr void define(network& net) {
        auto seen = net.input("sound", {1, 50, 40}) | linear{"encoder", {.out = 64}} | gelu_erf{};
        cross_states cross(net);
        update(cross.k, heads_of(seen | linear{"k_proj", {.out = 64, .bias = false}}));
        update(cross.v, heads_of(seen | linear{"v_proj", {.out = 64}}));
        net.output("language", seen | reduce_mean{1} | linear{"language", {.out = 3}});
    }
};

/// One step of the decoder, whose products with the encoder's result are all made already.
struct decoder {
    static constexpr void define(network& net) {
        auto token = net.input("token", {1, 1, 64});
        cross_states cross(net);
        auto q = heads_of(token | linear{"q_proj", {.out = 64}});
        auto seen = attention(q, cross.k, cross.v) | permute{{0, 2, 1, 3}} | reshape{{1, 1, 64}};
        net.output("next", token + (seen | linear{"out_proj", {.out = 64}}));
    }
};
// [/translator]

/// The same without states.
struct translator {
    static constexpr void define(network& net) {
        auto seen = net.input("sound", {1, 50, 40}) | linear{"encoder", {.out = 64}} | gelu_erf{};
        auto token = net.input("token", {1, 1, 64});
        auto q = heads_of(token | linear{"q_proj", {.out = 64}});
        auto k = heads_of(seen | linear{"k_proj", {.out = 64, .bias = false}});
        auto v = heads_of(seen | linear{"v_proj", {.out = 64}});
        auto read = attention(q, k, v) | permute{{0, 2, 1, 3}} | reshape{{1, 1, 64}};
        net.output("language", seen | reduce_mean{1} | linear{"language", {.out = 3}});
        net.output("next", token + (read | linear{"out_proj", {.out = 64}}));
    }
};

}  // namespace

TEST_CASE("docs: sound that comes piece by piece is as enhanced as all of it at once") {
    constexpr int halves = 12, half = enhancer<1>::half;
    lamina_test::random_source random("guide_states: sound");
    const lamina_test::random_weights drawn = weights_of<enhancer<1>>(random);
    const weights file = drawn.opened();
    const std::vector<float> sound = random.numbers(halves * half);
    for (const target& where : {cpu, gpu}) {
        INFO(std::string(where.label()));
        context whole = engine_of<enhancer<halves>>(file, where).make_context();
        whole.set_input("sound", sound);
        whole.run();
        const auto expected = whole.get("clean");
        const engine made = engine_of<enhancer<1>>(file, where);
        std::vector<float> heard;
        const auto play = [&](std::span<const float> piece) {
            heard.insert(heard.end(), piece.begin(), piece.end());
        };
        // [stream]
        context stream = made.make_context();  // one for each speaker
        for (std::size_t at = 0; at < sound.size(); at += half) {
            stream.set_input("sound", std::span(sound).subspan(at, half));  // 10 ms
            stream.run();
            play(stream.get("clean"));
        }
        // [/stream]
        CHECK(largest_difference(heard, expected) < 1e-3);
        // The states have an effect: a context that forgets gives something else.
        stream.reset_state();
        stream.set_input("sound", std::span(sound).subspan(half, half));
        stream.run();
        CHECK(largest_difference(stream.get("clean"), std::span(heard).subspan(half, half)) > 1e-3);
    }
}

TEST_CASE("docs: where all of the sound is voice, the enhancer gives it back 10 ms later") {
    constexpr int half = enhancer<1>::half;
    network net;
    enhancer<3>::define(net);
    lamina_test::floats_by_name values;
    for (const parameter& wanted : net.parameters)
        values[std::string(wanted.at.view())].assign(static_cast<std::size_t>(wanted.dims.count()),
            wanted.at.view() == "mask.bias" ? 40.f : 0.f);
    const std::vector<std::byte> bytes = lamina_test::weights_file(net, values);
    const weights file = weights::from_bytes(bytes, "all voice");
    lamina_test::random_source random("guide_states: voice");
    const std::vector<float> sound = random.numbers(6 * half);
    context run = engine_of<enhancer<3>>(file, cpu).make_context();
    std::vector<float> heard;
    for (const int turn : {0, 1}) {
        run.set_input(
            "sound", std::span(sound).subspan(static_cast<std::size_t>(turn * 3 * half), 3 * half));
        run.run();
        const auto piece = run.get("clean");
        heard.insert(heard.end(), piece.begin(), piece.end());
    }
    CHECK(largest_difference(std::span(heard).subspan(half), std::span(sound).first(5 * half))
        < 1e-4);
}

TEST_CASE("docs: cross attention reads what the encoder has left in the states") {
    lamina_test::random_source random("guide_states: translator");
    const lamina_test::random_weights drawn = weights_of<translator>(random);
    const weights file = drawn.opened();
    const std::vector<float> sound = random.numbers(50 * 40);
    network net;
    translator::define(net);
    const reference oracle(net, drawn.lookup());
    for (const target& where : {cpu, gpu}) {
        INFO(std::string(where.label()));
        network halves[2];
        encoder::define(halves[0]);
        decoder::define(halves[1]);
        const engine encodes(plan_at_run_time(halves[0], where), file, device::best(),
            {.ignore = {"q_proj.*", "out_proj.*"}});
        const engine decodes(plan_at_run_time(halves[1], where), file, device::best(),
            {.ignore = {"encoder.*", "k_proj.*", "v_proj.*", "language.*"}});
        std::vector<float> token = random.numbers(64);
        const auto next_of = [&](std::span<const float> found) -> std::vector<float> {
            reference_inputs in;
            in["sound"] = reference_tensor({1, 50, 40});
            in["sound"].values = sound;
            in["token"] = reference_tensor({1, 1, 64});
            in["token"].values = token;
            const arithmetic by = arithmetic_of(decodes.plan());
            const auto expected = oracle.run(in, by);
            const auto off = lamina_test::near(found, oracle.output(expected, "next"), by);
            CHECK_MESSAGE(off.is_near, off.what);
            return {found.begin(), found.end()};
        };
        // [translate]
        context listens = encodes.make_context(), speaks = decodes.make_context();
        listens.set_input("sound", sound);
        listens.run();
        speaks.copy_states(listens);  // once, on the device
        for (int step = 0; step < 3; ++step) {
            speaks.set_input("token", token);
            speaks.run();
            token = next_of(speaks.get("next"));
        }
        // [/translate]
    }
}
