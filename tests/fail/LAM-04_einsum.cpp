// EXPECT: einsum: axis c of 'abcd,ce->abe' is 6 in operand 1 (2x5x6x4) and 5 in operand 2 (5x3); check the letters
// A letter of two extents.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 6, 4});
        net.output("y", einsum("abcd,ce->abe", x, net.input("m", {5, 3})));
    }
};
static_assert(detail::require_sound<my_net>());
