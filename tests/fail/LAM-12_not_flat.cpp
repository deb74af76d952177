// EXPECT: dense 'fc': input 1x8x32x32 is not flat; put global_avg_pool{} or flatten{} before it
// A classifier right behind a convolution.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output(
            "y", x | conv2d{"conv1", {.out = 8}} | batch_norm{"bn1"} | relu{} | dense{"fc", 10});
    }
};
static_assert(detail::require_sound<my_net>());
