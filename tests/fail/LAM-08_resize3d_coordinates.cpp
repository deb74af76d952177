// EXPECT: resize3d: crop_and_resize is for images; slice the input and write .coordinates = half_pixel, align_corners or asymmetric
// Coordinates that only images have.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 4, 8, 8});
        net.output(
            "y", x | resize3d{{.size = 2, .mode = bilinear, .coordinates = crop_and_resize}});
    }
};
static_assert(detail::require_sound<my_net>());
