// EXPECT: add: operand 2 is not a tensor of this network; pass one that input() or a layer of this define made
// A sum with a tensor of another network.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        network other;
        net.output("y", add(x, other.input("image", {1, 3, 32, 32})));
    }
};
static_assert(detail::require_sound<my_net>());
