// EXPECT: dim 'batch': is 1 to 8 with opt 1 on line 11, and 1 to 16 with opt 1 here; give each dim one range
// Two inputs that give one dim other ranges.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto a = net.input("a", {net.dim("batch", {.max = 8}), 4});
        auto b = net.input("b", {net.dim("batch", {.max = 16}), 4});
        net.output("y", a + b);
    }
};
static_assert(detail::require_sound<my_net>());
