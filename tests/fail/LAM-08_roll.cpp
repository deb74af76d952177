// EXPECT: roll: shifts {1} for axes {1, 2}; write one for each, as in roll{{-3, 2}, {1, 2}}
// A shift too few.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", x | roll{1, {1, 2}});
    }
};
static_assert(detail::require_sound<my_net>());
