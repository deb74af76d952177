// EXPECT: concat: operand 2 (max_pool, line 11, after input 'image') is 1x3x16x16, the first one (input 'image', line 10) is 1x3x32x32; all axes but 1 must agree
// Branches of different sizes.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", concat({x, x | max_pool{{.kernel = 2}}}));
    }
};
static_assert(detail::require_sound<my_net>());
