// EXPECT: expect: expected 1x8x14x14 here, the graph gives 1x8x16x16 (conv2d 'conv1', line 11); check the layers above this line
// A stated shape that the graph does not have.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        x = x | conv2d{"conv1", {.out = 8, .kernel = 3, .stride = 2, .pad = 1}};
        x.expect({1, 8, 14, 14});
        net.output("y", x);
    }
};
static_assert(detail::require_sound<my_net>());
