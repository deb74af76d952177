// EXPECT: grid_sample: grid 2x4x4x3 (input 'g', line 11) does not fit input 2x3x5x5; it needs as many axes, the same batch, and a last axis of 2 coordinates, that of the width first
// Three coordinates for an image.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 3, 5, 5});
        auto g = net.input("g", {2, 4, 4, 3});
        net.output("y", grid_sample(x, g));
    }
};
static_assert(detail::require_sound<my_net>());
