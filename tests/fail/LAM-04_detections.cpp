// EXPECT: detections: boxes 1x20x4 (input 'b', line 10) and scores 1x3x20 (input 's', line 11) do not fit; they need BxNx4 and BxNxC, transpose scores of BxCxN
// Scores that are not transposed.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto b = net.input("b", {1, 20, 4});
        auto s = net.input("s", {1, 3, 20});
        net.output("y", detections(b, s).boxes);
    }
};
static_assert(detail::require_sound<my_net>());
