// EXPECT: keep: is as i8; steps keep f32, f16 or bf16, the others have the plan's precision
// A step kept in another type.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const auto x = net.input("x", {1, 8}) | relu{};
        net.keep(x, dtype::i8);
        net.output("y", x);
    }
};
static_assert(detail::require_sound<my_net>());
