// EXPECT: state 'k': the shape 8x0 has no elements; every extent is at least 1
// An empty state.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) { net.output("y", net.state("k", {8, 0}) | relu{}); }
};
static_assert(detail::require_sound<my_net>());
