// EXPECT: rotary_angles: position 1 is f32, i32 is needed; declare the input with dtype::i32
// A position of floats.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 3, 5, 8});
        net.output("y", rotary(x, rotary_angles(net, 5, 8, {.position = net.input("at", {1})})));
    }
};
static_assert(detail::require_sound<my_net>());
