// EXPECT: group_norm 'gn': groups 2 do not divide channels 3 of input 1x3x32x32
// Groups that do not divide the channels.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | group_norm{"gn", 2});
    }
};
static_assert(detail::require_sound<my_net>());
