// EXPECT: einsum: equation 'abcc->ab' names axis c twice in one place; diagonals are not supported, slice before
// A diagonal.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 6, 4});
        net.output("y", einsum("abcc->ab", x));
    }
};
static_assert(detail::require_sound<my_net>());
