// EXPECT: conv2d 'conv1': kernel 9x9 does not fit input 1x3x8x8 with pad 0,0,0,0
// A kernel larger than its padded input.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 8, 8});
        net.output("y", x | conv2d{"conv1", {.out = 8, .kernel = 9}});
    }
};
static_assert(detail::require_sound<my_net>());
