// SPDX-License-Identifier: Apache-2.0
// Tells a story: a language model whose memory lies in the context's states.
#include "tell.hpp"

#include "../support/program.hpp"

#include <lamina/plan_for.hpp>

#include <cstdio>

namespace story_program {

lamina::chosen_plan plan_of_bits(int bits, const lamina::device& on) {
    return bits == 8 ? lamina::plan_for<net_of_bits<8>>(on)
        : bits == 4  ? lamina::plan_for<net_of_bits<4>>(on)
                     : lamina::plan_for<net>(on);
}

}  // namespace story_program

int main(int argc, char** argv) {
    CLI::App app("Tells a story, as the 260 thousand weights of stories260K have it.");
    std::string weights, tokenizer, prompt, device;
    int count = 256;
    story_program::choice how;
    int bits = 32;
    bool plan = false;
    app.add_option("--weights", weights, "stories260k.safetensors, the names of llama2.c")
        ->required();
    app.add_option("--tokenizer", tokenizer, "the model's tokenizer.bin")->required();
    app.add_option("--prompt", prompt, "how the story begins");
    app.add_option("--count", count, "tokens, prompt included; at most 512")
        ->check(CLI::Range(2, 512));
    app.add_option(
           "--temperature", how.temperature, "0: the most likely story, 1: as it was trained")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--seed", how.seed, "another story for each number");
    app.add_option("--bits", bits, "of a weight of a linear layer: 32 (floats), 8 or 4")
        ->check(CLI::IsMember({32, 8, 4}));
    app.add_option("--device", device, "type, index or part of the name; the best one if left out");
    app.add_flag("--plan", plan, "print the plan of a token, too");
    return examples::run_program(app, argc, argv, [&] {
        const story_program::vocabulary words(tokenizer);
        const std::vector<int> begin = words.tokens(prompt);
        if (static_cast<int>(begin.size()) >= count)
            throw lamina::error(lamina::errc::option, "prompt",
                "the prompt has " + std::to_string(begin.size()) + " tokens, --count is "
                    + std::to_string(count) + "; shorten it, or ask for more");
        const auto chosen = examples::chosen_device(device);
        const auto file = lamina::weights::open(weights);
        const lamina::engine engine(story_program::plan_of_bits(bits, chosen), file, chosen);
        if (plan) std::printf("%s\n", lamina::plan_table(engine.plan()).c_str());
        story_program::teller teller(engine);
        int before = story_program::vocabulary::begin;
        for (std::size_t i = 1; i < begin.size(); ++i) {
            std::fputs(words.text(begin[i], before).c_str(), stdout);
            before = begin[i];
        }
        const auto say = [&](int token) {
            std::fputs(words.text(token, before).c_str(), stdout);
            std::fflush(stdout);
            before = token;
        };
        teller.tell(begin, count, how, say);
        int runs = 0;
        const double ms
            = examples::median_ms([&] { runs = teller.tell(begin, count, how, [](int) {}); });
        const int read = static_cast<int>(begin.size());
        const double reading
            = examples::median_ms([&] { teller.tell(begin, read + 1, how, [](int) {}); });
        std::printf(
            "\n%d tokens of the prompt in one run of %.2f ms, then %d tokens, %.0f a second; "
            "weights of %llu bytes, states of %llu, on %s\n",
            read, reading, runs, 1000.0 * runs / std::max(ms - reading, 1e-3),
            static_cast<unsigned long long>(engine.plan().weight_bytes),
            static_cast<unsigned long long>(engine.plan().state_bytes),
            engine.device_of().name().c_str());
    });
}
