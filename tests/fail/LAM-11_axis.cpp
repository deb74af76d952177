// EXPECT: softmax: axis 4 is outside of input 1x3x32x32; use -4 to 3
// An axis that is not there.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | softmax{.axis = 4});
    }
};
static_assert(detail::require_sound<my_net>());
