// EXPECT: conv2d 'conv1': input 1x512 has 2 axes, an image NxCxHxW has 4; reshape or unsqueeze before it
// A convolution of a matrix.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("features", {1, 512});
        net.output("y", x | conv2d{"conv1", {.out = 8}});
    }
};
static_assert(detail::require_sound<my_net>());
