// EXPECT: roi_align: boxes 4x4 (input 'b', line 11) do not fit input 2x3x5x5; they need Kx5 (image, left, top, right, bottom), or 2xKx4
// Boxes without their image.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 3, 5, 5});
        auto b = net.input("b", {4, 4});
        net.output("y", roi_align(x, b, {.size = 7}));
    }
};
static_assert(detail::require_sound<my_net>());
