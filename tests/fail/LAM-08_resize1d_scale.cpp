// EXPECT: resize1d: scale is not above 0 and at most 65536; write .scale = output over input
// A scale below 0.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 8});
        net.output("y", x | resize1d{{.scale = -1, .mode = bilinear, .coordinates = half_pixel}});
    }
};
static_assert(detail::require_sound<my_net>());
