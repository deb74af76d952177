// EXPECT: concat: operand 2 (max_pool, line 14, after conv2d 'b') is 1x3x4x4, the first one (conv2d 'a', line 12) is 1x3x8x8
// EXPECT: all axes but 1 must agree
// Both operands of a concat are named.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 8, 8});
        auto a = x | conv2d{"a", {.out = 3}};
        auto b = x | conv2d{"b", {.out = 3}};
        b = b | max_pool{{.kernel = 2}};
        net.output("y", concat({a, b}));
    }
};
static_assert(detail::require_sound<my_net>());
