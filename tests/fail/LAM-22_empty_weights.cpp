// EXPECT: linear 'fc': weights 'weight' would have shape 10x0, which is empty; check the input's extents
// A layer over no features.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 0});
        net.output("y", x | linear{"fc", 10});
    }
};
static_assert(detail::require_sound<my_net>());
