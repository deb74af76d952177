// EXPECT: instance_norm: has weights 'weight' but no name
// Weights asked for by an option.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | instance_norm{{}, {.affine = true}});
    }
};
static_assert(detail::require_sound<my_net>());
