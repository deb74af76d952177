// EXPECT: update 'k': rows 1x2x9x4 (input 'x', line 12) do not fit the state 1x2x8x4; they have its extents but along axis 2, where they may be fewer
// More rows than the state has.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto k = net.state("k", {1, 2, 8, 4});
        auto x = net.input("x", {1, 2, 9, 4});
        net.output("y", update(k, x, {.axis = 2, .position = net.input("at", {1}, dtype::i32)}));
    }
};
static_assert(detail::require_sound<my_net>());
