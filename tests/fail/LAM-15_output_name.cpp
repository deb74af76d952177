// EXPECT: output 'y': is already declared on line 11; give each output its own name
// Two results of one name.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | relu{});
        net.output("y", x | sigmoid{});
    }
};
static_assert(detail::require_sound<my_net>());
