// EXPECT: adaptive_avg_pool3d: output size 0x7x7; each must be at least 1
// Bins of no slice.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 4, 8, 8});
        net.output("y", x | adaptive_avg_pool3d{{0, 7, 7}});
    }
};
static_assert(detail::require_sound<my_net>());
