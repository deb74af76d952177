// EXPECT: squeeze: axis 1 of input 1x3x32x32 has extent 3; only an extent of 1 can be removed
// Removing an axis that holds something.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | squeeze{1});
    }
};
static_assert(detail::require_sound<my_net>());
