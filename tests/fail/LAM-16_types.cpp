// EXPECT: eq: operands 1x8 (input 'ids', line 10) and 1x8 (input 'x', line 10) are i32 and f32; cast one to the other's type
// Numbers of two types compared.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const auto ids = net.input("ids", {1, 8}, dtype::i32), x = net.input("x", {1, 8});
        net.output("y", eq(ids, x));
    }
};
static_assert(detail::require_sound<my_net>());
