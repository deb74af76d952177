// EXPECT: do not broadcast; check stride and channel count of each branch (at size 34)
// Halving and doubling twice, which only multiples of four survive: neither min, opt nor max shows it.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const int size = net.dim("size", {.min = 32, .opt = 64, .max = 128, .step = 2});
        auto x = net.input("x", {1, 4, size, size});
        const max_pool half{{.kernel = 2, .stride = 2}};
        const resize back{
            {.scale = 4, .mode = nearest, .coordinates = asymmetric, .rounding = round_floor}};
        net.output("y", x + (x | half | half | back));
    }
};
static_assert(detail::require_sound<my_net>());
