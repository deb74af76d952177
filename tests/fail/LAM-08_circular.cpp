// EXPECT: pad: 0 before and 6 after axis 2 of input 1x3x5; circular needs 0 to the extent
// More elements than go round once.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 5});
        net.output("y", x | pad{{.after = {0, 0, 6}, .mode = circular}});
    }
};
static_assert(detail::require_sound<my_net>());
