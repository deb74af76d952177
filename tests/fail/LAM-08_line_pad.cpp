// EXPECT: conv1d 'conv1': pad -1,0 is not 0 to 32768; use slice to crop, or less padding
// Negative padding.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 8});
        net.output("y", x | conv1d{"conv1", {.out = 8, .pad = {-1, 0}}});
    }
};
static_assert(detail::require_sound<my_net>());
