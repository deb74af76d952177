// EXPECT: resize3d: mode is bicubic, which is for images; write .mode = nearest or bilinear
// A mode that only images have.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 4, 8, 8});
        net.output("y", x | resize3d{{.scale = 2, .mode = bicubic, .coordinates = half_pixel}});
    }
};
static_assert(detail::require_sound<my_net>());
