// EXPECT: expect: expected 1x8x16x16 here, the graph gives 1x8x32x32 (conv2d 'conv1', line 12); check the layers above this line (at batch 1)
// A mistake at every shape is reported for opt.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {net.dim("batch", {.max = 8}), 3, 32, 32});
        x = x | conv2d{"conv1", {.out = 8, .kernel = 3, .pad = 1}};
        x.expect({1, 8, 16, 16});
        net.output("y", x);
    }
};
static_assert(detail::require_sound<my_net>());
