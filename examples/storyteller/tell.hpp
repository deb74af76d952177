// SPDX-License-Identifier: Apache-2.0
// Tells a story: a context reads the prompt in one run, of its own shape, and goes on a token a run.
#pragma once
#include "storyteller.hpp"
#include "vocabulary.hpp"

#include <lamina/run.hpp>

#include <algorithm>
#include <vector>

namespace story_program {

using net = zoo::storyteller<>;
/// The network whose linear layers have weights of 8 or 4 bits.
template <int Bits> using net_of_bits = zoo::storyteller<zoo::story_size{.bits = Bits}>;

/// How the next token is chosen. temperature 0: the most likely one.
struct choice {
    float temperature = 0;
    int seed = 0;
};

class teller {
public:
    explicit teller(const lamina::engine& engine) : context_(engine.make_context()) {}

    /// Calls see(token) for each token behind the prompt, until there are `count` of prompt and story, the
    /// next text begins or the context is full. Returns how many runs made one token each.
    template <class See>
    int tell(const std::vector<int>& prompt, int count, const choice& how, See see) {
        begin(how);
        int next = run(prompt), runs = 0;
        const int most = std::min(count, zoo::story_size{}.context);
        for (int told = static_cast<int>(prompt.size()); told < most && next != vocabulary::begin;
            ++told) {
            see(next);
            if (told + 1 == most) break;
            next = run({next});
            ++runs;
        }
        return runs;
    }

    /// A new text.
    void begin(const choice& how) {
        context_.reset_state();
        context_.set_input("seed", std::vector<int>{how.seed});
        context_.set_input(
            "heat", std::vector<float>{how.temperature > 0 ? 1 / how.temperature : 0});
    }
    // [run]
    /// The token behind these, which go on behind those of the runs before.
    int run(const std::vector<int>& tokens) {
        context_.set_input("tokens", tokens, {1, static_cast<int>(tokens.size())});
        context_.run();
        return context_.get<int>("next")[0];
    }
    // [/run]

private:
    lamina::context context_;  ///< the shapes have its states, the engine's weights in common
};

}  // namespace story_program
