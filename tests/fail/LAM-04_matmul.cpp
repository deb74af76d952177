// EXPECT: matmul: operands 4x8 (input 'a', line 10) and 4x8 (input 'b', line 11) do not multiply: inner extents 8x4
// Matrices that do not multiply.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto a = net.input("a", {4, 8});
        net.output("y", matmul(a, net.input("b", {4, 8})));
    }
};
static_assert(detail::require_sound<my_net>());
