// EXPECT: slice: range 3 to 3 takes nothing of axis 1 of input 1x3x32x32; check start and stop
// A range that takes nothing.
#include <lamina/compile/show_problem.hpp>
#include <lamina/define.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | slice{1, {.start = 3, .stop = 3}});
    }
};
static_assert(detail::require_sound<my_net>());
