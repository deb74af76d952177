// EXPECT: update 'k': values 1x2x1x4 (input 'x', line 12) do not replace the state 1x2x8x4; give all of it, or .position for rows
// Some rows without a position.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto k = net.state("k", {1, 2, 8, 4});
        auto x = net.input("x", {1, 2, 1, 4});
        net.output("y", update(k, x));
    }
};
static_assert(detail::require_sound<my_net>());
