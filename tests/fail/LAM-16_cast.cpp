// EXPECT: cast: is to f16; tensors are f32, i32, i8, u8 or boolean, the plan has the storage precision
// A cast to a storage precision.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const auto x = net.input("x", {1, 8});
        net.output("y", cast(x, dtype::f16));
    }
};
static_assert(detail::require_sound<my_net>());
