// EXPECT: state 'k': is 4x64 f32 at length 64 and is 4x1 f32 at length 1; a context keeps its states when shapes change, give them extents for the largest
// A cache that grows with the sequence.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const int length = net.dim("length", {.min = 1, .opt = 64, .max = 512});
        auto k = net.state("k", {4, length});
        net.output("y", update(k, net.input("x", {4, length})));
    }
};
static_assert(detail::require_sound<my_net>());
