// EXPECT: update 'k': position 1 is f32, i32 is needed; declare the input with dtype::i32
// A position of floats.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto k = net.state("k", {8, 4});
        auto x = net.input("x", {2, 4});
        net.output("y", update(k, x, {.axis = 0, .position = net.input("at", {1})}));
    }
};
static_assert(detail::require_sound<my_net>());
