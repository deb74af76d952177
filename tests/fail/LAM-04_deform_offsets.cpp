// EXPECT: deform_conv2d 'c': offsets 1x18x8x8 do not fit; for an output of 6x6 they are 1x18x6x6; check the layer that makes them
// Offsets of another size than the output.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 4, 8, 8});
        const auto offsets = net.input("offsets", {1, 18, 8, 8});
        net.output("y", x | deform_conv2d{"c", offsets, {.out = 4, .kernel = 3}});
    }
};
static_assert(detail::require_sound<my_net>());
