// EXPECT: roi_align: sampling_ratio is 65; write 1 to 64, or 0 or -1 for as many as a bin has elements
// Too many samples.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 3, 5, 5});
        net.output("y", roi_align(x, net.input("b", {4, 5}), {.size = 3, .sampling_ratio = 65}));
    }
};
static_assert(detail::require_sound<my_net>());
