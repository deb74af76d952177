// EXPECT: letterbox: size is 64x20000; both are 1 to 16384, use another size
// A size beyond what pictures have.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", u8, {1, 30, 40, 3});
        net.output("y", x | letterbox{{.size = {64, 20000}}});
    }
};
static_assert(detail::require_sound<my_net>());
