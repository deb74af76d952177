// EXPECT: affine_grid: size is 5x0 and depth 0; extents are 1 to 65536, use another size
// No columns.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 2, 3});
        net.output("y", x | affine_grid{{.size = {5, 0}}});
    }
};
static_assert(detail::require_sound<my_net>());
