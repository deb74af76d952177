// EXPECT: gather_elements: indices 2x6x3 do not fit input 2x5x3; they need as many axes, and at most its extents on all but axis 0
// Indices that reach beyond x.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", gather_elements(x, net.input("i", {2, 6, 3}, dtype::i32)));
    }
};
static_assert(detail::require_sound<my_net>());
