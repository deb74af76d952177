// EXPECT: flip: axes {3, -1} of input 1x3x32x32 name an axis twice; name each once
// An axis that is reversed twice.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | flip{{3, -1}});
    }
};
static_assert(detail::require_sound<my_net>());
