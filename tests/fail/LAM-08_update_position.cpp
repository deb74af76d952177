// EXPECT: update 'k': position 7 is outside of axis 0 of the state 8x4; rows 2x4 may begin at 0 to 6
// A constant position behind the end.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto k = net.state("k", {8, 4});
        auto x = net.input("x", {2, 4});
        net.output("y", update(k, x, {.axis = 0, .position = net.constant({7})}));
    }
};
static_assert(detail::require_sound<my_net>());
