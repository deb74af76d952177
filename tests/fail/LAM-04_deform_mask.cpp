// EXPECT: deform_conv2d 'c': the factors of mask 1x18x8x8 do not fit; for an output of 8x8 they are 1x9x8x8; check the layer that makes them
// A factor for each offset, not for each tap.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 4, 8, 8});
        const auto offsets = net.input("offsets", {1, 18, 8, 8});
        net.output("y",
            x
                | deform_conv2d{
                    "c", offsets, {.out = 4, .kernel = 3, .pad = 1, .mask = offsets | sigmoid{}}});
    }
};
static_assert(detail::require_sound<my_net>());
