// EXPECT: constant: the shape 2x2 has 4 elements, 3 numbers are given; write one for each element
// A number too few.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", x | slice{1, {.stop = 1}});
        net.output("z", net.constant({1, 2, 3}, {2, 2}));
    }
};
static_assert(detail::require_sound<my_net>());
