// EXPECT: detections: score is below 0; scores are 0 to 1, write 0.25f, for example
// A threshold of logits.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto b = net.input("b", {1, 20, 4});
        auto s = net.input("s", {1, 20, 3});
        net.output("y", detections(b, s, {.score = -1}).boxes);
    }
};
static_assert(detail::require_sound<my_net>());
