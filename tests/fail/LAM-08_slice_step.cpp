// EXPECT: slice: step is 0; write 1 or more, or a negative step to go backwards
// A step that does not move.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | slice{1, {.step = 0}});
    }
};
static_assert(detail::require_sound<my_net>());
