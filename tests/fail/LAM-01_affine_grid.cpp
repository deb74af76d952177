// EXPECT: affine_grid: theta is 2x3x3; it needs Nx2x3, a matrix for each image (Nx2x3, or Nx3x4 with a depth)
// A whole matrix of three rows.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 3, 3});
        net.output("y", x | affine_grid{{.size = {5, 5}}});
    }
};
static_assert(detail::require_sound<my_net>());
