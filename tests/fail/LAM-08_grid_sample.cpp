// EXPECT: grid_sample: mode bicubic is for images of four axes, input 2x3x4x5x5 has 5; write bilinear or nearest
// Bicubic in three dimensions.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 3, 4, 5, 5});
        net.output("y", grid_sample(x, net.input("g", {2, 4, 4, 4, 3}), {.mode = bicubic}));
    }
};
static_assert(detail::require_sound<my_net>());
