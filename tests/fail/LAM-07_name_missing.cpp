// EXPECT: batch_norm: has weights 'weight' but no name; write the name that it has in the weights file first
// A layer with weights but without a name.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | batch_norm{""});
    }
};
static_assert(detail::require_sound<my_net>());
