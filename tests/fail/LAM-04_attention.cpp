// EXPECT: attention: q 1x4x10x16 (input 'q', line 10), k 1x4x12x16 (input 'k', line 11), v 1x4x11x16 (input 'v', line 12) do not match
// Keys and values of different lengths.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto q = net.input("q", {1, 4, 10, 16});
        auto k = net.input("k", {1, 4, 12, 16});
        net.output("y", attention(q, k, net.input("v", {1, 4, 11, 16})));
    }
};
static_assert(detail::require_sound<my_net>());
