// EXPECT: batched_nms: classes 10 and scores 20 do not fit boxes 20x4; they need N and N for Nx4, or BxN and BxN for BxNx4
// Classes of other boxes.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto b = net.input("b", {20, 4});
        auto s = net.input("s", {20});
        auto c = net.input("c", {10}, dtype::i32);
        net.output("y", batched_nms(b, s, c, {.most = 5}).indices);
    }
};
static_assert(detail::require_sound<my_net>());
