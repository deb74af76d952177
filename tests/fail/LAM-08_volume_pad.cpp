// EXPECT: avg_pool3d: pad -1,0,0,-1,0,0 is not 0 to 32768; use slice to crop, or less padding
// Negative padding of a volume.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 4, 8, 8});
        net.output("y", x | avg_pool3d{{.kernel = 2, .pad = {-1, 0, 0}}});
    }
};
static_assert(detail::require_sound<my_net>());
