// EXPECT: gather: index 5 is outside of axis 1 of input 2x5x3; use -5 to 4
// A constant index beyond the axis.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", gather(x, net.constant({0, 5}), 1));
    }
};
static_assert(detail::require_sound<my_net>());
