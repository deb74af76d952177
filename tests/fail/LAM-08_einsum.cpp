// EXPECT: einsum: equation 'abcd,de->abz' wants axis z, which no operand has
// A letter of no operand.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 6, 4});
        net.output("y", einsum("abcd,de->abz", x, net.input("m", {4, 3})));
    }
};
static_assert(detail::require_sound<my_net>());
