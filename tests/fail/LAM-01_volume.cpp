// EXPECT: conv3d 'c': input 1x3x8x8 has 4 axes, a volume NxCxDxHxW has 5; reshape or unsqueeze before it
// A 3-D convolution of an image.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 8, 8});
        net.output("y", x | conv3d{"c", {.out = 4, .kernel = 3}});
    }
};
static_assert(detail::require_sound<my_net>());
