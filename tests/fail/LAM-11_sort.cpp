// EXPECT: sort: axis 3 is outside of input 2x5x3; use -3 to 2
// An axis that does not exist.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", (x | sort{.axis = 3}).values);
    }
};
static_assert(detail::require_sound<my_net>());
