// EXPECT: attention: q 2x6x5x8 (input 'q', line 11), k 2x4x9x8 (input 'k', line 12), v 2x4x9x8 (input 'k', line 12) do not match; they are ...xLxD, ...xSxD, ...xSxE with equal leading axes, q with a multiple of the heads of k and v
// Six heads over four.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto q = net.input("q", {2, 6, 5, 8});
        auto k = net.input("k", {2, 4, 9, 8});
        net.output("y", attention(q, k, k, {.enable_gqa = true}));
    }
};
static_assert(detail::require_sound<my_net>());
