// EXPECT: conv3d 'c': groups 2 do not divide input channels 3 and output channels 4; check groups and out
// Groups of a 3-D convolution.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 4, 8, 8});
        net.output("y", x | conv3d{"c", {.out = 4, .kernel = 3, .groups = 2}});
    }
};
static_assert(detail::require_sound<my_net>());
