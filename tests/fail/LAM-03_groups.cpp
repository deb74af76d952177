// EXPECT: conv2d 'conv1': groups 2 do not divide input channels 3 and output channels 8; check groups and out
// Groups that do not divide the channels.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | conv2d{"conv1", {.out = 8, .kernel = 3, .groups = 2}});
    }
};
static_assert(detail::require_sound<my_net>());
