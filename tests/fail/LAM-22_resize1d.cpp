// EXPECT: resize1d: input 1x3x8 would have a length of 0; it must be at least 1, use a larger size or scale
// A scale that leaves no element.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 8});
        net.output("y", x | resize1d{{.scale = 0.1, .mode = bilinear, .coordinates = half_pixel}});
    }
};
static_assert(detail::require_sound<my_net>());
