// EXPECT: dim 'length': is 4 to 16 at batch 1, length 4 and is missing at batch 8; declare each dim at every shape, with one range
// A dim that depends on another one.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.opt = 1, .max = 8});
        const int length = batch < 8 ? net.dim("length", {.min = 4, .max = 16}) : 4;
        net.output("y", net.input("x", {batch, length}) | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
