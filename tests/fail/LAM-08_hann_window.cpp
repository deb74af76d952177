// EXPECT: hann_window: length 0; use 1 to 16384
// A window of no sample.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 100});
        net.output("y", x * (hann_window(net, 0) | reduce_sum{}));
    }
};
static_assert(detail::require_sound<my_net>());
