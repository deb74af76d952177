// EXPECT: conv1d 'conv1': kernel 5 (dilated) does not fit input 1x3x8 with pad 0,0
// A kernel longer than its padded input.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 8});
        net.output("y", x | conv1d{"conv1", {.out = 8, .kernel = 5, .dilation = 2}});
    }
};
static_assert(detail::require_sound<my_net>());
