// EXPECT: relu: input 1x32x32 holds i32 indices, f32 values are needed; feed indices to embedding, or cast them
// Arithmetic on indices.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | argmax{1} | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
