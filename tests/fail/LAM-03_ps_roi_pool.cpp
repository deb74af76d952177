// EXPECT: ps_roi_pool: input 2x10x5x5 has 10 channels and the size is 3x3; each of its bins has channels of its own, so that 9 must divide them
// Ten channels for nine bins.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 10, 5, 5});
        net.output("y", ps_roi_pool(x, net.input("b", {4, 5}), {.size = 3}));
    }
};
static_assert(detail::require_sound<my_net>());
