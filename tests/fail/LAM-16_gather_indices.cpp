// EXPECT: gather: indices 4 are f32, i32 is needed; declare the input with dtype::i32, or write cast(x, dtype::i32)
// Floats as indices.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", gather(x, net.input("i", {4}), 1));
    }
};
static_assert(detail::require_sound<my_net>());
