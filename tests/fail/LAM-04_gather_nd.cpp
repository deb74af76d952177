// EXPECT: gather_nd: indices 7x4 do not fit input 2x5x3 with 0 batch axes; the first axes are those of both, the last has one index for each of 1 to 3 axes
// More indices than axes.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", gather_nd(x, net.input("i", {7, 4}, dtype::i32)));
    }
};
static_assert(detail::require_sound<my_net>());
