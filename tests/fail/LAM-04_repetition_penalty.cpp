// EXPECT: repetition_penalty: tokens 3x3 for logits 2x50; NxL and NxV are needed
// Tokens of another batch.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto logits = net.input("logits", {2, 50});
        net.output("y", repetition_penalty(logits, net.input("seen", {3, 3}, dtype::i32), 1.2f));
    }
};
static_assert(detail::require_sound<my_net>());
