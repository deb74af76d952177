// EXPECT: permute: order {0, 1, 2, 2} does not name each of the 4 axes of input 1x3x32x32 once
// An order that names an axis twice.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | permute{{0, 1, 2, 2}});
    }
};
static_assert(detail::require_sound<my_net>());
