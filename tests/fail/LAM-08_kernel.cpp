// EXPECT: max_pool: kernel 0x0, stride 0x0, dilation 1x1; each must be 1 to 32768
// A pool without a kernel.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | max_pool{{}});
    }
};
static_assert(detail::require_sound<my_net>());
