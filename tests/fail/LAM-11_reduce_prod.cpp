// EXPECT: reduce_prod: axes {1, -1} of input 2x3 name an axis twice; name each once
// A product over one axis twice.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 3});
        net.output("y", x | reduce_prod{{1, -1}});
    }
};
static_assert(detail::require_sound<my_net>());
