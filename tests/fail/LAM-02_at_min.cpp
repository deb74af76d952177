// EXPECT: conv2d 'conv1': kernel 9x9 does not fit input 1x3x8x8 with pad 0,0,0,0; use a smaller kernel, more padding or a larger input (at batch 1, size 8)
// A window that fits at opt and not at min.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 8});
        const int size = net.dim("size", {.min = 8, .opt = 64, .max = 96, .step = 8});
        auto x = net.input("x", {batch, 3, size, size});
        net.output("y", x | conv2d{"conv1", {.out = 4, .kernel = 9}});
    }
};
static_assert(detail::require_sound<my_net>());
