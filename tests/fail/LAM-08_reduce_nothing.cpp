// EXPECT: reduce_max: input 2x0 is empty along a reduced axis, so it has no largest or smallest element; reduce other axes
// The maximum of nothing.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 0});
        net.output("y", x | reduce_max{1});
    }
};
static_assert(detail::require_sound<my_net>());
