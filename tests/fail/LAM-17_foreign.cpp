// EXPECT: output 'y': is not a tensor of this network
// A tensor of another network.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        network other;
        net.output("z", x);
        net.output("y", other.input("image", {1, 3}));
    }
};
static_assert(detail::require_sound<my_net>());
