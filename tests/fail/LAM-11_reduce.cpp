// EXPECT: reduce_mean: axes {2, -2} of input 1x3x32x32 name an axis twice
// An axis reduced twice.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | reduce_mean{{2, -2}});
    }
};
static_assert(detail::require_sound<my_net>());
