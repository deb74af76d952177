// EXPECT: max_pool3d: kernel 0x0x0, stride 0x0x0, dilation 1x1x1; each must be 1 to 32768
// A pool without a kernel.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 4, 8, 8});
        net.output("y", x | max_pool3d{{}});
    }
};
static_assert(detail::require_sound<my_net>());
