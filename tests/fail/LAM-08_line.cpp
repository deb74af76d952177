// EXPECT: max_pool1d: kernel 0, stride 0, dilation 1; each must be 1 to 32768
// A pool without a kernel.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 8});
        net.output("y", x | max_pool1d{{}});
    }
};
static_assert(detail::require_sound<my_net>());
