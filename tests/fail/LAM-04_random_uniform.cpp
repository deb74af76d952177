// EXPECT: random_uniform: seed 3 and draw 1; the seed is one or two numbers, the draw one
// A seed of three numbers.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto seed = net.input("seed", {3}, dtype::i32);
        net.output("y", random_uniform(seed, net.constant({0}), {4}));
    }
};
static_assert(detail::require_sound<my_net>());
