// EXPECT: prelu 'act': count 64 fits neither 1 slope nor the 3 channels of input 1x3x32x32
// Slopes that are not one per channel.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | prelu{"act", {.count = 64}});
    }
};
static_assert(detail::require_sound<my_net>());
