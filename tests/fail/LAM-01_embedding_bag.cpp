// EXPECT: embedding_bag 'bag': indices 15 have 1 axes, 2 are needed, or .offsets
// A line of indices without offsets.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {15}, dtype::i32);
        net.output("y", x | embedding_bag{"bag", {.rows = 11, .width = 4}});
    }
};
static_assert(detail::require_sound<my_net>());
