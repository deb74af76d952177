// EXPECT: resize: coordinates are not given; write .coordinates = half_pixel, align_corners or asymmetric
// Resizing without saying where.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | resize{{.scale = 2, .mode = bilinear}});
    }
};
static_assert(detail::require_sound<my_net>());
