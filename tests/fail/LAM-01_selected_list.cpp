// EXPECT: selected_list: indices are 5; they need three axes, scores of BxLxN for nms
// A single line of scores.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto b = net.input("b", {20, 4});
        auto s = net.input("s", {20});
        net.output("y", selected_list(nms(b, s, {.most = 5}), 5).rows);
    }
};
static_assert(detail::require_sound<my_net>());
