// EXPECT: nms: boxes have 4 numbers each and the form 5; corners and centre have 4, rotated and normal 5, the angle last
// Rotated boxes without an angle.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto b = net.input("b", {20, 4});
        auto s = net.input("s", {20});
        net.output("y", nms(b, s, {.most = 5, .form = box_form::rotated}).indices);
    }
};
static_assert(detail::require_sound<my_net>());
