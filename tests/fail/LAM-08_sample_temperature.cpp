// EXPECT: sample: the temperature is below 0; write 0 for the largest score, or more
// A negative temperature.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto logits = net.input("logits", {2, 50});
        net.output("y", sample(logits, net.constant({1}), net.constant({0}), {.temperature = -1}));
    }
};
static_assert(detail::require_sound<my_net>());
