// EXPECT: conv3d 'c': kernel 3x3x3 does not fit input 1x3x2x8x8 with pad 0,0,0,0,0,0; use a smaller kernel, more padding or a larger input
// A kernel deeper than the volume.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 2, 8, 8});
        net.output("y", x | conv3d{"c", {.out = 4, .kernel = 3}});
    }
};
static_assert(detail::require_sound<my_net>());
