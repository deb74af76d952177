// EXPECT: einsum: the product of 2x3x4x5 and 6x7x8x9 has 8 axes, at most 6 are possible; write the operands in another order
// A product of too many axes on the way.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 3, 4, 5});
        auto y = net.input("y", {6, 7, 8, 9});
        net.output("z", einsum("abcd,efgh,abcd,efgh->a", {x, y, x, y}));
    }
};
static_assert(detail::require_sound<my_net>());
