// EXPECT: remainder: operands 2x5x3 (input 'x', line 10) and 3 (constant, line 11) are f32 and i32; cast one to the other's type
// Two types.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", lamina::remainder(x, net.constant({1, 2, 3})));
    }
};
static_assert(detail::require_sound<my_net>());
