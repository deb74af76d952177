// EXPECT: quantize: has a scale that is 0 or negative; it must be positive
// A scale of nothing.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const auto x = net.input("x", {2, 5, 3});
        net.output("y", quantize(x, 0));
    }
};
static_assert(detail::require_sound<my_net>());
