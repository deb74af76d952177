// EXPECT: sample: top_p is a share: above 0, at most 1
// A share above all.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto logits = net.input("logits", {2, 50});
        net.output("y", sample(logits, net.constant({1}), net.constant({0}), {.top_p = 95}));
    }
};
static_assert(detail::require_sound<my_net>());
