// EXPECT: roi_align: spatial_scale is not above 0; write the feature map's extent over the picture's
// A scale of 0.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 3, 5, 5});
        net.output("y", roi_align(x, net.input("b", {4, 5}), {.size = 3, .spatial_scale = 0}));
    }
};
static_assert(detail::require_sound<my_net>());
