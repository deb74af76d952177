// EXPECT: diagonal: dim1 1 and dim2 -3 are the same axis of input 2x5x6x4; name the axes of rows and of columns
// A diagonal of one axis.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 6, 4});
        net.output("y", x | diagonal{{.dim1 = 1, .dim2 = -3}});
    }
};
static_assert(detail::require_sound<my_net>());
