// EXPECT: letterbox: input 1x20000x40x3 is 20000x40; pictures have 1 to 16384 rows and columns, use another one
// A picture that is too large.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", u8, {1, 20000, 40, 3});
        net.output("y", x | letterbox{{.size = {64, 64}}});
    }
};
static_assert(detail::require_sound<my_net>());
