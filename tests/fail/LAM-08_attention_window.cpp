// EXPECT: attention: a window of -2 keys; write 0 or more, or -1 for all
// A window that is no number of keys.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto q = net.input("q", {2, 6, 5, 8});
        auto k = net.input("k", {2, 6, 9, 8});
        net.output("y", attention(q, k, k, {.window_left = -2}));
    }
};
static_assert(detail::require_sound<my_net>());
