// EXPECT: conv2d 'extra': reads 'extra.weight' at size 8 and reads no weights at size 1; read the same weights in the same order at every shape
// A layer with weights that only large pictures have.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const int size = net.dim("size", {.min = 1, .opt = 8, .max = 16});
        auto x = net.input("x", {1, 4, size, size});
        if (size > 1) x = x | conv2d{"extra", {.out = 4, .pad = 1}};
        net.output("y", x | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
