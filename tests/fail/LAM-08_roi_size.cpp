// EXPECT: roi_pool: size is not given; write .size = {h, w}
// No size.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 3, 5, 5});
        net.output("y", roi_pool(x, net.input("b", {4, 5}), {.spatial_scale = 0.5f}));
    }
};
static_assert(detail::require_sound<my_net>());
