// EXPECT: gru 'encoder': input 0x1x3 has no steps on axis 0; a sequence needs at least one
// An empty sequence.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {0, 1, 3});
        net.output("y", (x | gru{"encoder", {.hidden_size = 16}}).output);
    }
};
static_assert(detail::require_sound<my_net>());
