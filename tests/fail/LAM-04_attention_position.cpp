// EXPECT: attention: position 3 is for queries of result 2x6x5x8; it is one number, or one for each index of axis 0
// Three positions for a batch of two.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto q = net.input("q", {2, 6, 5, 8});
        auto k = net.input("k", {2, 6, 9, 8});
        net.output("y", attention(q, k, k, {.causal = true, .position = net.constant({1, 2, 3})}));
    }
};
static_assert(detail::require_sound<my_net>());
