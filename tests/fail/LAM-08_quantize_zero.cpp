// EXPECT: quantize: has zero point 200; i8 has -128 to 127
// A zero point beyond its type.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const auto x = net.input("x", {2, 5, 3});
        net.output("y", quantize(x, 0.5f, 200));
    }
};
static_assert(detail::require_sound<my_net>());
