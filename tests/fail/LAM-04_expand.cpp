// EXPECT: expand: input 2x5x3 does not stretch to 2x6x3; only extents of 1 do, -1 leaves one as it is
// An extent that is not 1.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", x | expand{{2, 6, 3}});
    }
};
static_assert(detail::require_sound<my_net>());
