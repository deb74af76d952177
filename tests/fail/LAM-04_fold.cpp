// EXPECT: fold: input 2x30x4 does not have 2x2 elements for each of 4x4 windows; check kernel, stride and size
// Columns of another image.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 6, 4});
        net.output("y", x | reshape{{2, 30, 4}} | fold{{5, 5}, {.kernel = 2}});
    }
};
static_assert(detail::require_sound<my_net>());
