// EXPECT: normalize_picture: input 1x3x30x40 has 40 channels on axis 3; pictures have 1 to 4, write .axis = channel_axis::first or last
// Channels first, without saying so.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 30, 40});
        net.output("y", x | normalize_picture{});
    }
};
static_assert(detail::require_sound<my_net>());
