// EXPECT: reduce_logsumexp: input 2x3 holds i32 indices, f32 values are needed; feed indices to embedding, or cast them
// The logarithm of a sum of indices.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 3}, dtype::i32);
        net.output("y", x | reduce_logsumexp{1});
    }
};
static_assert(detail::require_sound<my_net>());
