// EXPECT: conv_transpose2d 'up': pad 3,3,3,3 cuts all of the output of input 1x3x1x1
// Padding that cuts the whole output.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 1, 1});
        net.output("y", x | conv_transpose2d{"up", {.out = 8, .kernel = 2, .pad = 3}});
    }
};
static_assert(detail::require_sound<my_net>());
