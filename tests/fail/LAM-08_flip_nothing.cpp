// EXPECT: flip: names no axis; write those to reverse, as in flip{3} or flip{{2, 3}}
// A flip of no axis.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | flip{{}});
    }
};
static_assert(detail::require_sound<my_net>());
