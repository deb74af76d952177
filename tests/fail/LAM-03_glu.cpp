// EXPECT: glu: axis 1 of input 2x5x6x4 has 5 elements, which do not divide into two halves; check the layer before
// An odd axis.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 6, 4});
        net.output("y", x | glu{1});
    }
};
static_assert(detail::require_sound<my_net>());
