// EXPECT: split: sizes add up to 4, axis 1 of input 1x3x32x32 has 3
// Parts that do not add up.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", split(x, {2, 2}, 1)[0]);
    }
};
static_assert(detail::require_sound<my_net>());
