// EXPECT: scatter: updates 2x3x3 for indices 2 and input 2x5x3; 2x2x3 is needed
// Updates without an index.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", scatter(x, net.constant({0, 1}), net.input("u", {2, 3, 3}), {.axis = 1}));
    }
};
static_assert(detail::require_sound<my_net>());
