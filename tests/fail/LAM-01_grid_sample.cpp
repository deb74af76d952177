// EXPECT: grid_sample: input 3x5 has 2 axes; it needs four (NxCxHxW) or five (NxCxDxHxW)
// A matrix is no image.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {3, 5});
        net.output("y", grid_sample(x, net.input("g", {3, 5, 2})));
    }
};
static_assert(detail::require_sound<my_net>());
