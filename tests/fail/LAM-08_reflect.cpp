// EXPECT: pad: 32 before and 0 after axis 2 of input 1x3x32x32; reflect needs 0 to below the extent
// A reflection deeper than the image.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | pad{{.top = 32, .mode = reflect}});
    }
};
static_assert(detail::require_sound<my_net>());
