// EXPECT: resize3d: size and scale are both given; keep one of them
// Two sizes.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 4, 8, 8});
        net.output("y",
            x | resize3d{{.size = 2, .scale = 2, .mode = bilinear, .coordinates = half_pixel}});
    }
};
static_assert(detail::require_sound<my_net>());
