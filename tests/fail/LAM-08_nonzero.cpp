// EXPECT: nonzero: most is 0; write at least 1
// No room for any element.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", (x | nonzero{0}).places);
    }
};
static_assert(detail::require_sound<my_net>());
