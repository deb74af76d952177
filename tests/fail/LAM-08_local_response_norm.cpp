// EXPECT: local_response_norm: size 0; use 1 to 32768
// No channels.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 6, 4});
        net.output("y", x | local_response_norm{0});
    }
};
static_assert(detail::require_sound<my_net>());
