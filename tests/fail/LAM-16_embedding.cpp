// EXPECT: embedding 'wte': input 1x3x32x32 holds f32 values, i32 indices are needed
// A table looked up with values.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | embedding{"wte", {.rows = 8, .width = 4}});
    }
};
static_assert(detail::require_sound<my_net>());
