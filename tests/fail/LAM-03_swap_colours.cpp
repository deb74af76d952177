// EXPECT: swap_colours: input 1x30x40x1 has 1 channels, red and blue are the first and the third
// A grey picture has no colours.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", u8, {1, 30, 40, 1});
        net.output("y", x | swap_colours{});
    }
};
static_assert(detail::require_sound<my_net>());
