// EXPECT: quantize: the scale is 3, axis 1 of input 2x5x3 has 5 elements; give one number, or one for each of them
// A scale for another axis.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const auto x = net.input("x", {2, 5, 3});
        net.output("y", quantize(x, net.constant({1.f, 2.f, 3.f}, {3})));
    }
};
static_assert(detail::require_sound<my_net>());
