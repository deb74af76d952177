// EXPECT: sample: top_k 51 of 50 tokens; use 0 (all) to 50
// More candidates than tokens.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto logits = net.input("logits", {2, 50});
        net.output("y", sample(logits, net.constant({1}), net.constant({0}), {.top_k = 51}));
    }
};
static_assert(detail::require_sound<my_net>());
