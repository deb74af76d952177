// EXPECT: rotary_angles: rows 5, dims 7; rows are at least 1, dims an even number up to 65536
// Pairs of an odd number of columns.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 3, 5, 8});
        net.output("y", rotary(x, rotary_angles(net, 5, 7)));
    }
};
static_assert(detail::require_sound<my_net>());
