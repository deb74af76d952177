// EXPECT: alibi: heads 0, keys 9; both must be at least 1
// No heads.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 1, 9});
        net.output("y", x + alibi(net, 0, 9));
    }
};
static_assert(detail::require_sound<my_net>());
