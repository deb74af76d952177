// EXPECT: resize: input 1x3x2x4 would become 0x1; both must be at least 1, use a larger size or scale
// A factor that leaves no row.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 2, 4});
        net.output("y", x | resize{{.scale = 0.3, .mode = bilinear, .coordinates = half_pixel}});
    }
};
static_assert(detail::require_sound<my_net>());
