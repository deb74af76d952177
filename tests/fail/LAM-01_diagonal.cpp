// EXPECT: diagonal: input 7 has fewer than two axes; a diagonal needs rows and columns
// The diagonal of a vector.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {7}) | diagonal{});
    }
};
static_assert(detail::require_sound<my_net>());
