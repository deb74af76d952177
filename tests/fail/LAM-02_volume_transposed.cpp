// EXPECT: conv_transpose3d 'c': pad 0,2,0,0,2,0 cuts all of the output of input 1x3x2x2x2 with kernel 1x1x1; use less padding or a larger kernel
// Padding that leaves nothing.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 2, 2, 2});
        net.output("y", x | conv_transpose3d{"c", {.out = 4, .pad = {0, 2, 0}}});
    }
};
static_assert(detail::require_sound<my_net>());
