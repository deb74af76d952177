// EXPECT: dim: has no name; name it, callers set it by name
// A dim without a name.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {net.dim("", {.max = 8}), 4}) | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
