// EXPECT: dim 'batch': min 0 is below 1; a dim has at least 1, write an empty extent as a number
// A batch that may be empty.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {net.dim("batch", {.min = 0, .max = 8}), 4}) | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
