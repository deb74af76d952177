// EXPECT: add: input 1x8 is boolean, f32 values are needed; write cast(x, dtype::f32)
// Arithmetic on truth values.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const auto x = net.input("x", {1, 8});
        net.output("y", gt(x, 0) + x);
    }
};
static_assert(detail::require_sound<my_net>());
