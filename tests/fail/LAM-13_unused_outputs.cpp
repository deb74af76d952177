// EXPECT: topk: result 2x3 is never used; use it, make it an output or remove it
// An op of two outputs, neither of which is read.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("rows", {2, 5});
        x | topk{3};
        net.output("y", x | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
