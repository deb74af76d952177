// EXPECT: avg_pool3d: divisor_override -8 is negative; 0 divides by the window
// A negative divisor.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 4, 8, 8});
        net.output("y", x | avg_pool3d{{.kernel = 2, .divisor_override = -8}});
    }
};
static_assert(detail::require_sound<my_net>());
