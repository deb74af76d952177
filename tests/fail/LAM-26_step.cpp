// EXPECT: dim 'height': opt 250 is not reached from min 224 in steps of 32; use 224 or 256
// A value between two steps.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const int height = net.dim("height", {.min = 224, .opt = 250, .max = 448, .step = 32});
        net.output("y", net.input("x", {1, 3, height, height}) | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
