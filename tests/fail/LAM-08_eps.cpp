// EXPECT: layer_norm 'ln': eps must be above 0
// A normalisation without a floor.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | layer_norm{"ln", {.eps = 0}});
    }
};
static_assert(detail::require_sound<my_net>());
