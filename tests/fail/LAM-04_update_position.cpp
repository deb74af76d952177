// EXPECT: update 'k': position 2 is for the state 3x8x4 along axis 1; it is one number, or one for each index of axis 0 where that is another axis
// Positions that are not one a batch.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto k = net.state("k", {3, 8, 4});
        auto x = net.input("x", {3, 1, 4});
        net.output("y", update(k, x, {.axis = 1, .position = net.input("at", {2}, dtype::i32)}));
    }
};
static_assert(detail::require_sound<my_net>());
