// EXPECT: conv2d 'conv1': weights 'conv1.weight' are already used on line 11; give each layer its own name, or write name(...).shared()
// Two layers with one name.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        x = x | conv2d{"conv1", {.out = 3}};
        x = x | conv2d{"conv1", {.out = 3}};
        net.output("y", x);
    }
};
static_assert(detail::require_sound<my_net>());
