// EXPECT: nms: soft methods need a threshold of scores that is not below 0, for scores become smaller; write .score = 0.001f
// Soft-NMS without an end.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto b = net.input("b", {20, 4});
        auto s = net.input("s", {20});
        net.output("y", nms(b, s, {.most = 5, .method = nms_method::linear}).indices);
    }
};
static_assert(detail::require_sound<my_net>());
