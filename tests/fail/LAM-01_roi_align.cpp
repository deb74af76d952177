// EXPECT: roi_align: input 3x5x5 has 3 axes; it needs four, NxCxHxW
// An image without a batch.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {3, 5, 5});
        net.output("y", roi_align(x, net.input("b", {4, 5}), {.size = 7}));
    }
};
static_assert(detail::require_sound<my_net>());
