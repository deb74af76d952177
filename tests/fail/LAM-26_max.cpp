// EXPECT: dim 'batch': max 0 is below min 1; write .max, the largest value
// A dim without its largest value.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {net.dim("batch", {.opt = 1}), 4}) | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
