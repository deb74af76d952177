// EXPECT: unfold: windows of 40x40 that overlap have 1600 elements, the limit is 256; use a convolution
// Windows of too many places.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 6, 4});
        auto big = net.input("big", {1, 3, 50, 50});
        net.output("z", x);
        net.output("y", big | unfold{{.kernel = 40}});
    }
};
static_assert(detail::require_sound<my_net>());
