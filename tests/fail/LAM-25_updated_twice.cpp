// EXPECT: update 'h': reads state 'h' as it was before the update on line 13; read what that update returned
// Two updates of one value.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto h = net.state("h", {4});
        auto x = net.input("x", {4});
        auto first = update(h, x);
        update(h, x * 2);
        net.output("y", first);
    }
};
static_assert(detail::require_sound<my_net>());
