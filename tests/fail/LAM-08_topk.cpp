// EXPECT: topk: k is 6 and axis 1 of input 2x5 has 5 elements; use 1 to 5
// More values than the axis has.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("rows", {2, 5});
        net.output("y", (x | topk{.k = 6, .axis = 1}).values);
    }
};
static_assert(detail::require_sound<my_net>());
