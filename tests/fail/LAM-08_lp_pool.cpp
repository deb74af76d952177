// EXPECT: lp_pool: p is 0 or below; use 1, 2 or another power
// No power.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 6, 4});
        net.output("y", x | lp_pool{{.p = 0, .kernel = 2}});
    }
};
static_assert(detail::require_sound<my_net>());
