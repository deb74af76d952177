// EXPECT: random_uniform: seed 1 and draw 1 are f32 and i32; i32 is needed, declare the inputs with dtype::i32
// A seed of floats.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto seed = net.input("seed", {1});
        net.output("y", random_uniform(seed, net.constant({0}), {4}));
    }
};
static_assert(detail::require_sound<my_net>());
