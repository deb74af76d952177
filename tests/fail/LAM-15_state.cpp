// EXPECT: state 'x': is already declared on line 11; give each state and input its own name
// A state with the name of an input.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {8, 4});
        net.output("y", x + net.state("x", {8, 4}));
    }
};
static_assert(detail::require_sound<my_net>());
