// EXPECT: linear 'fc': weights 'fc.weight' are 10x256 at size 8 and 10x64 at size 4; weights cannot change with a dim, put a layer before it that makes its extents equal, such as adaptive_avg_pool
// Weights whose shape follows the picture's.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const int size = net.dim("size", {.min = 4, .opt = 8, .max = 16, .step = 4});
        net.output("y", net.input("x", {1, 4, size, size}) | flatten{} | linear{"fc", 10});
    }
};
static_assert(detail::require_sound<my_net>());
