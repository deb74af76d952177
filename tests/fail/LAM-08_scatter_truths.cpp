// EXPECT: scatter_nd: combines boolean values; only f32 and i32 can be combined, cast them before
// Sums of truth values.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        auto t = gt(x, 0);
        auto u = gt(net.input("u", {1, 5, 3}), 0);
        net.output("y", scatter_nd(t, net.constant({1}, {1, 1}), u, combine_kind::add));
    }
};
static_assert(detail::require_sound<my_net>());
