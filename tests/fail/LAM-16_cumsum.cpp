// EXPECT: cumsum: input 2x5x3 is boolean, f32 or i32 is needed; cast it
// Sums of truth values.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", gt(x, 0) | cumsum{1});
    }
};
static_assert(detail::require_sound<my_net>());
