// EXPECT: deform_conv2d 'c': operand 2 is not a tensor of this network; pass one that input() or a layer of this define made
// Offsets of no network.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 4, 8, 8});
        net.output("y", x | deform_conv2d{"c", tensor{}, {.out = 4, .kernel = 3}});
    }
};
static_assert(detail::require_sound<my_net>());
