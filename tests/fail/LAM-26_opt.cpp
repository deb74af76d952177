// EXPECT: dim 'batch': opt 9 is outside of 1 to 8; take one inside, or widen the range
// The value that is planned for is none of those that the dim may have.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {net.dim("batch", {.opt = 9, .max = 8}), 4}) | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
