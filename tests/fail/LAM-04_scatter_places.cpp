// EXPECT: scatter: indices 1x2 for input 2x5x3 have 2 axes, 1 is needed; flatten them, or use scatter_nd
// Indices of two axes for whole parts.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", scatter(x, net.constant({0, 1}, {1, 2}), x));
    }
};
static_assert(detail::require_sound<my_net>());
