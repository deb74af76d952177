// EXPECT: relu: reads state 'k' as it was before the update on line 14; read what that update returned, or write this line before it
// A state behind an update of it.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto k = net.state("k", {1, 2, 8, 4});
        auto x = net.input("x", {1, 2, 1, 4});
        auto seen = k | reshape{{2, 8, 4}};
        update(k, x, {.axis = 2, .position = net.input("at", {1}, dtype::i32)});
        net.output("y", seen | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
