// EXPECT: repetition_penalty: the penalty must be above 0; 1 changes nothing
// A penalty of 0.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto logits = net.input("logits", {2, 50});
        net.output("y", repetition_penalty(logits, net.input("seen", {2, 3}, dtype::i32), 0));
    }
};
static_assert(detail::require_sound<my_net>());
