// EXPECT: lp_normalize: eps is negative; use 0 or more
// A divisor below 0.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 6, 4});
        net.output("y", x | lp_normalize{{.eps = -1}});
    }
};
static_assert(detail::require_sound<my_net>());
