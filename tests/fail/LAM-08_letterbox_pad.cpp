// EXPECT: letterbox: pad is no whole number of 0 to 255, and input 1x30x40x3 is u8; write one, or letterbox behind normalize_picture
// A byte cannot be 300.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", u8, {1, 30, 40, 3});
        net.output("y", x | letterbox{{.size = {64, 64}, .pad = 300}});
    }
};
static_assert(detail::require_sound<my_net>());
