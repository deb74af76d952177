// EXPECT: resize3d: input 1x3x4x8x8 would become 1x0x4; each must be at least 1 and a slice below 2^31 elements, use another size or scale
// A scale that leaves no row.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 4, 8, 8});
        net.output("y",
            x | resize3d{{.scale = {0.25, 0.1, 0.5}, .mode = bilinear, .coordinates = half_pixel}});
    }
};
static_assert(detail::require_sound<my_net>());
