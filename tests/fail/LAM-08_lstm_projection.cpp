// EXPECT: lstm 'encoder': proj_size 16 and hidden_size 16; a projection makes h smaller: use 1 to 15, or 0 for none
// A projection that projects nothing.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {5, 1, 3});
        net.output("y", (x | lstm{"encoder", {.hidden_size = 16, .proj_size = 16}}).output);
    }
};
static_assert(detail::require_sound<my_net>());
