// EXPECT: one_hot: input 2x5x3 is f32, i32 is needed; write cast(x, dtype::i32)
// Floats as classes.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", x | one_hot{4});
    }
};
static_assert(detail::require_sound<my_net>());
