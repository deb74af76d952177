// EXPECT: deform_conv2d 'c': offsets of 3 groups do not divide input channels 4; check the offsets' channels
// Offset groups that do not divide the channels.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 4, 8, 8});
        const auto offsets = net.input("offsets", {1, 54, 8, 8});
        net.output("y", x | deform_conv2d{"c", offsets, {.out = 4, .kernel = 3, .pad = 1}});
    }
};
static_assert(detail::require_sound<my_net>());
