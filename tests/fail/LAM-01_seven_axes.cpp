// EXPECT: a tensor has at most 6 axes, this one would have 7
// More axes than a tensor can have.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 2, 3, 4, 5, 6, 7});
        net.output("y", x | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
