// EXPECT: conv2d 'conv2': result 1x8x32x32 is never used; use it, make it an output or remove it
// An unused branch.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        auto y = x | conv2d{"conv1", {.out = 8}};
        x | conv2d{"conv2", {.out = 8}};
        net.output("y", y);
    }
};
static_assert(detail::require_sound<my_net>());
