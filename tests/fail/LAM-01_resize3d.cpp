// EXPECT: resize3d: input 1x3x8x8 has 4 axes
// An image where a volume is needed.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 8, 8});
        net.output("y", x | resize3d{{.size = 4, .mode = nearest, .coordinates = asymmetric}});
    }
};
static_assert(detail::require_sound<my_net>());
