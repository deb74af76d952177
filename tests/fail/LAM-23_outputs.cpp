// EXPECT: network: has 65 outputs; the limit is 64. Split the network
// More results than a plan can name.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        for (int i = 0; i <= 64; ++i) net.output(name("y", i), x);
    }
};
static_assert(detail::require_sound<my_net>());
