// EXPECT: one_hot: classes 0; use 1 to 16777216
// No classes.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("z", x);
        net.output("y", cast(x, dtype::i32) | one_hot{0});
    }
};
static_assert(detail::require_sound<my_net>());
