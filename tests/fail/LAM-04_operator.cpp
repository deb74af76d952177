// EXPECT: LAM-04_operator.cpp:11: add: operands 1x8 (input 'a', line 10) and 1x9 (input 'b', line 11) do not broadcast
// The same through an operator, which still names the line of the user.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto a = net.input("a", {1, 8});
        net.output("y", a + net.input("b", {1, 9}));
    }
};
static_assert(detail::require_sound<my_net>());
