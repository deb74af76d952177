// EXPECT: conv2d 'c': pad -1,-1,-1,-1 is negative; use slice to crop
// Cropping by padding.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | conv2d{"c", {.out = 8, .kernel = 3, .pad = -1}});
    }
};
static_assert(detail::require_sound<my_net>());
