// EXPECT: lstm 'encoder': clip is a bound of magnitudes: a number above 0, or 0 for none
// A bound below nothing.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {5, 1, 3});
        net.output("y", (x | lstm{"encoder", {.hidden_size = 16, .clip = -3}}).output);
    }
};
static_assert(detail::require_sound<my_net>());
