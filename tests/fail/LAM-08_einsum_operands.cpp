// EXPECT: einsum: equation 'ab,bc->ac' has another number of operands than the 1 given
// An operand too few.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 6, 4});
        net.output("y", einsum("ab,bc->ac", x));
    }
};
static_assert(detail::require_sound<my_net>());
