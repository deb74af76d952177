// EXPECT: input: has no name; name it, callers bind it by name
// An input without a name.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) { net.output("y", net.input("", {1, 3}) | relu{}); }
};
static_assert(detail::require_sound<my_net>());
