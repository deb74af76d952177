// EXPECT: matmul: transpose_b is set for a vector, 8; a vector has no other axis to swap with
// A vector that is to be transposed.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("m", {4, 8});
        net.output("y", matmul(x, net.input("v", {8}), {.transpose_b = true}));
    }
};
static_assert(detail::require_sound<my_net>());
