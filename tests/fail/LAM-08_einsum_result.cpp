// EXPECT: einsum: equation 'abcd->aba' names axis a twice in its result
// A letter twice in the result.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 6, 4});
        net.output("y", einsum("abcd->aba", x));
    }
};
static_assert(detail::require_sound<my_net>());
