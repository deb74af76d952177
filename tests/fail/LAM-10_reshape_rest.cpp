// EXPECT: reshape: input 1x3x32x32 has 3072 elements, 5x-1 needs a multiple of 5
// A rest that does not divide.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | reshape{{5, -1}});
    }
};
static_assert(detail::require_sound<my_net>());
