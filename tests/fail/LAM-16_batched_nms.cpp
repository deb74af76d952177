// EXPECT: batched_nms: classes 20 are f32, i32 is needed; argmax gives it, or write cast(x, dtype::i32)
// Floats as classes.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto b = net.input("b", {20, 4});
        auto s = net.input("s", {20});
        net.output("y", batched_nms(b, s, s, {.most = 5}).indices);
    }
};
static_assert(detail::require_sound<my_net>());
