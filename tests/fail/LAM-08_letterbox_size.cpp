// EXPECT: letterbox: size is not given; write .size = {h, w}
// No size.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", u8, {1, 30, 40, 3});
        net.output("y", x | letterbox{{.pad = 0}});
    }
};
static_assert(detail::require_sound<my_net>());
