// EXPECT: matmul: operands 4x8 (input 'm', line 10) and 8 (input 'v', line 11); both need at least 2 axes
// A vector in a matrix product.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("m", {4, 8});
        net.output("y", matmul(x, net.input("v", {8})));
    }
};
static_assert(detail::require_sound<my_net>());
