// EXPECT: input 'x': is 1x4 f32 at batch 1 and is 8x4x1 f32 at batch 8; rank and type of an input cannot change
// An input with another rank at some shapes.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 8, .step = 7});
        net.output("y", net.input("x", batch > 1 ? shape{batch, 4, 1} : shape{batch, 4}) | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
