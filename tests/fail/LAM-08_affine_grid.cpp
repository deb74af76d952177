// EXPECT: affine_grid: size is not given; write .size = {h, w}
// No size.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 2, 3});
        net.output("y", x | affine_grid{{.align_corners = true}});
    }
};
static_assert(detail::require_sound<my_net>());
