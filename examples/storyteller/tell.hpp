// SPDX-License-Identifier: Apache-2.0
// Tells a story: a context reads the prompt, another one goes on from its states, a token a run.
#pragma once
#include "storyteller.hpp"
#include "vocabulary.hpp"

#include <lamina/run.hpp>

#include <algorithm>
#include <span>
#include <vector>

namespace story_program {

inline constexpr int prompt_rows = 16;  ///< tokens of a prompt that a run takes at once

using prompt_net = zoo::storyteller<prompt_rows>;
using token_net = zoo::storyteller<1>;

/// How the next token is chosen. temperature 0: the most likely one.
struct choice {
    float temperature = 0;
    int seed = 0;
};

class teller {
public:
    teller(const lamina::engine& prompt, const lamina::engine& token)
        : prompt_(prompt.make_context()), token_(token.make_context()) {}

    /// Calls see(token) for each token behind the prompt, until there are `count` of prompt and story, the
    /// next text begins or the context is full. Returns how many runs made one token each.
    template <class See>
    int tell(const std::vector<int>& prompt, int count, const choice& how, See see) {
        const float heat = how.temperature > 0 ? 1 / how.temperature : 0;
        for (lamina::context* each : {&prompt_, &token_}) {
            each->reset_state();
            each->set_input("seed", std::vector<int>{how.seed});
            each->set_input("heat", std::vector<float>{heat});
        }
        const int all = static_cast<int>(prompt.size());
        for (int first = 0; first < all; first += prompt_rows) {
            std::vector<int> rows(prompt_rows, 0);
            const int here = std::min(prompt_rows, all - first);
            std::copy_n(prompt.begin() + first, here, rows.begin());
            prompt_.set_input("tokens", rows).set_input("count", std::vector<int>{here});
            prompt_.run();
        }
        int next = prompt_.get<int>("next")[0], runs = 0;
        token_.copy_states(prompt_);
        const int most = std::min(count, zoo::story_size{}.context);
        for (int told = all; told < most && next != vocabulary::begin; ++told) {
            see(next);
            if (told + 1 == most) break;
            token_.run();
            next = token_.get<int>("next")[0];
            ++runs;
        }
        return runs;
    }

private:
    lamina::context prompt_, token_;
};

}  // namespace story_program
