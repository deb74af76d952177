// EXPECT: update: relu, line 12, after input 'x' is no state; pass what net.state() or the last update of it returned
// What is updated is a result.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {4});
        auto y = x | relu{};
        net.output("y", update(y, x));
    }
};
static_assert(detail::require_sound<my_net>());
