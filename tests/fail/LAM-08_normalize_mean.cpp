// EXPECT: normalize_picture: mean has 2 numbers and input 1x30x40x3 has 3 channels; write one for each channel, or one for all
// Two means for three channels.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", u8, {1, 30, 40, 3});
        net.output("y", x | normalize_picture{{.mean = {0.5f, 0.5f}}});
    }
};
static_assert(detail::require_sound<my_net>());
