// EXPECT: this_tensor_was_never_made_by_input_or_a_layer
// A tensor that no layer made.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        tensor x;
        net.output("y", x | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
