// EXPECT: tril: input 30 has no rows and columns; reshape it to two axes or more
// A vector has no diagonal.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", x | reshape{{30}} | tril{});
    }
};
static_assert(detail::require_sound<my_net>());
