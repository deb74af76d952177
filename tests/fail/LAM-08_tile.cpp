// EXPECT: tile: counts {2, 0} for input 2x5x3; each is at least 1
// A count of nothing.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", x | tile{{2, 0}});
    }
};
static_assert(detail::require_sound<my_net>());
