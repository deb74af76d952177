// EXPECT: gru 'encoder': activations.g is max; use a function of one number, such as function::tanh
// A function of two values in a gate.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {5, 1, 3});
        net.output("y",
            (x | gru{"encoder", {.hidden_size = 16, .activations = {.g = function::max}}}).output);
    }
};
static_assert(detail::require_sound<my_net>());
