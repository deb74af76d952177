// EXPECT: dim 'length': is 1 to 2 at batch 2, length 1 and is 1 to 1 at batch 1, length 1; declare each dim at every shape, with one range
// A range that follows another dim.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.opt = 2, .max = 8});
        const int length = net.dim("length", {.max = batch});
        net.output("y", net.input("x", {batch, length}) | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
