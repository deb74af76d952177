// EXPECT: lstm 'encoder': state h is 1x1x8 (input 'h', line 10), the layer needs 2x1x8; check hidden_size, num_layers and the batch
// States of a layer too few.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        lstm_state last{net.input("h", {1, 1, 8}), net.input("c", {2, 1, 8})};
        auto x = net.input("x", {5, 1, 3});
        net.output("y", (x | lstm{"encoder", {.hidden_size = 8, .num_layers = 2}, last}).output);
    }
};
static_assert(detail::require_sound<my_net>());
