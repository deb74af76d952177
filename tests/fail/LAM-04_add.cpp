// EXPECT: add: operands 1x8x16x16 (conv2d 'conv1', line 11) and 1x8x32x32 (conv2d 'conv2', line 12) do not broadcast; check stride and channel count of each branch
// A shortcut without the stride of its main branch.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        auto main = x | conv2d{"conv1", {.out = 8, .kernel = 3, .stride = 2, .pad = 1}};
        auto shortcut = x | conv2d{"conv2", {.out = 8}};
        net.output("y", add(main, shortcut));
    }
};
static_assert(detail::require_sound<my_net>());
