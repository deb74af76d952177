// EXPECT: nms: iou is not 0 to 1; write 0.45f, for example
// A percentage.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto b = net.input("b", {20, 4});
        auto s = net.input("s", {20});
        net.output("y", nms(b, s, {.most = 5, .iou = 45}).indices);
    }
};
static_assert(detail::require_sound<my_net>());
