// EXPECT: matmul: operands 4x8 (input 'm', line 10) and scalar (input 's', line 11); both need at least one axis
// A scalar in a matrix product.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("m", {4, 8});
        net.output("y", matmul(x, net.input("s", {})));
    }
};
static_assert(detail::require_sound<my_net>());
