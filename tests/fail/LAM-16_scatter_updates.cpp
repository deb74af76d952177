// EXPECT: scatter_nd: updates 5x3 are i32, input 2x5x3 is f32; cast one to the other's type
// Updates of another type.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", scatter_nd(x, net.constant({1}), net.input("u", {5, 3}, dtype::i32)));
    }
};
static_assert(detail::require_sound<my_net>());
