// EXPECT: detections: boxes 20x4 and scores 20x3 need three axes, BxNx4 and BxNxC
// No batch.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto b = net.input("b", {20, 4});
        auto s = net.input("s", {20, 3});
        net.output("y", detections(b, s).boxes);
    }
};
static_assert(detail::require_sound<my_net>());
