// EXPECT: conv2d 'conv1': out 0, groups 1; both must be at least 1 (write .out = channels)
// An option that must be given.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | conv2d{"conv1", {.kernel = 3}});
    }
};
static_assert(detail::require_sound<my_net>());
