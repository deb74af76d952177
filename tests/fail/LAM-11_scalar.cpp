// EXPECT: softmax: axis -1 is outside of the input, a scalar, which has none; unsqueeze it first
// A scalar has no axis.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | reduce_sum{} | softmax{});
    }
};
static_assert(detail::require_sound<my_net>());
