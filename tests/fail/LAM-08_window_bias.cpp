// EXPECT: window_position_bias 'table': window 0x7, heads 3; heads are at least 1, windows 1x1 to 64x64
// An empty window.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        net.output("y", window_position_bias(net, "table", 0, 7, 3));
    }
};
static_assert(detail::require_sound<my_net>());
