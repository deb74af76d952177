// EXPECT: keep: is of an input, which no step computes; pass the result of a layer that reads it
// A rule for a caller's value.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const auto x = net.input("x", {1, 8});
        net.keep(x | reshape{{8}}, dtype::f16);
        net.output("y", x | linear{"head.fc", 4});
    }
};
static_assert(detail::require_sound<my_net>());
