// EXPECT: conv1d 'conv1': input 1x3x8x8 has 4 axes, a sequence NxCxL has 3; reshape or unsqueeze before it
// A convolution over a sequence of an image.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 8, 8});
        net.output("y", x | conv1d{"conv1", {.out = 8}});
    }
};
static_assert(detail::require_sound<my_net>());
