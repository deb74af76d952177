// EXPECT: letterbox: input 30x40x3 has 3 axes; pictures have four, NxHxWxC, or NxCxHxW with .axis = channel_axis::first
// A picture without a batch.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", u8, {30, 40, 3});
        net.output("y", x | letterbox{{.size = {64, 64}}});
    }
};
static_assert(detail::require_sound<my_net>());
