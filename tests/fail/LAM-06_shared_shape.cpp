// EXPECT: linear 'wte': shared weights 'wte.weight' are 50x8 on line 11 and 40x8 here; layers that share weights must agree on their shape
// Two layers that share weights want them in two shapes.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x
            = net.input("tokens", {1, 4}, dtype::i32) | embedding{"wte", {.rows = 50, .width = 8}};
        net.output("y", x | linear{name("wte").shared(), {.out = 40, .bias = false}});
    }
};
static_assert(detail::require_sound<my_net>());
