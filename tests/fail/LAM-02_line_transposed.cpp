// EXPECT: conv_transpose1d 'up': pad 4,4 cuts all of the output of input 1x3x4 with kernel 2
// Padding that cuts all of the output.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 4});
        net.output("y", x | conv_transpose1d{"up", {.out = 8, .kernel = 2, .pad = 4}});
    }
};
static_assert(detail::require_sound<my_net>());
