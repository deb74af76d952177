// EXPECT: roi_align: size is 3x5000; both are 1 to 4096, use another size
// A size that no head reads.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 3, 5, 5});
        net.output("y", roi_align(x, net.input("b", {4, 5}), {.size = {3, 5000}}));
    }
};
static_assert(detail::require_sound<my_net>());
