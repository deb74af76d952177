// EXPECT: nms: boxes 20x4 (input 'b', line 10) and scores 19 (input 's', line 11) do not fit; they need Nx4 and N, BxNx4 and BxN, or BxNx4 and BxLxN for L scores of each box
// One score is missing.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto b = net.input("b", {20, 4});
        auto s = net.input("s", {19});
        net.output("y", nms(b, s, {.most = 5}).indices);
    }
};
static_assert(detail::require_sound<my_net>());
