// EXPECT: nms: most is 0; write 1 to 8192, the size of the result
// No room for any box.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto b = net.input("b", {20, 4});
        auto s = net.input("s", {20});
        net.output("y", nms(b, s, {.iou = 0.5f}).indices);
    }
};
static_assert(detail::require_sound<my_net>());
