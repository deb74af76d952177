// EXPECT: lp_pool3d: p is 0 or below; use 1, 2 or another power
// A power of 0.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 4, 8, 8});
        net.output("y", x | lp_pool3d{{.p = 0, .kernel = 2}});
    }
};
static_assert(detail::require_sound<my_net>());
