// EXPECT: lstm 'encoder': result 5x1x16 is never used; use it, make it an output or remove it
// None of the outputs of a layer that may leave some of them unread.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {5, 1, 3});
        x | lstm{"encoder", {.hidden_size = 16, .num_layers = 2}};
        net.output("y", x | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
