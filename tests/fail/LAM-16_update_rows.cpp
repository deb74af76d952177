// EXPECT: update 'k': rows 2x4 are i32, the state is f32; cast them, or declare the state with their type
// Rows of another type.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto k = net.state("k", {8, 4});
        auto x = net.input("x", {2, 4}, dtype::i32);
        net.output("y", update(k, x, {.axis = 0, .position = net.constant({0})}));
    }
};
static_assert(detail::require_sound<my_net>());
