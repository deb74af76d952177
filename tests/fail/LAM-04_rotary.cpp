// EXPECT: rotary: input 2x3x5x8 (input 'x', line 11) does not fit angles 4x4; it has as many rows, at least twice the columns
// Angles for other rows.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 3, 5, 8});
        net.output("y", rotary(x, rotary_angles(net, 4, 8)));
    }
};
static_assert(detail::require_sound<my_net>());
