// EXPECT: gru 'encoder': reverse_activations are of a second direction; add .bidirectional = true, or remove it
// Functions of a direction that there is not.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {5, 1, 3});
        net.output("y",
            (x | gru{"encoder", {.hidden_size = 16, .reverse_activations = {.g = function::relu}}})
                .output);
    }
};
static_assert(detail::require_sound<my_net>());
