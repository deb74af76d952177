// EXPECT: normalize_picture: std of channel 1 is 0, which nothing can be divided by; write another number
// A deviation of 0.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", u8, {1, 30, 40, 3});
        net.output("y", x | normalize_picture{{.std = {0.5f, 0, 0.5f}}});
    }
};
static_assert(detail::require_sound<my_net>());
