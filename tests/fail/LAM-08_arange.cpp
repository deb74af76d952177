// EXPECT: arange: step is 0; write another one
// A step of nothing.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", x);
        net.output("z", arange(net, 0, 5, 0));
    }
};
static_assert(detail::require_sound<my_net>());
