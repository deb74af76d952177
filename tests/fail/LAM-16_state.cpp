// EXPECT: state 'k': is f16; states are f32, i32, i8, u8 or boolean, the plan has the storage precision
// A state of a storage type.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto k = net.state("k", {8, 4}, dtype::f16);
        net.output("y", k | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
