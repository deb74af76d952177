// EXPECT: linear 'fc': weights 'weight' would have shape 500000x3072, more than 1073741824 elements
// A table larger than any device.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | flatten{} | linear{"fc", 500000});
    }
};
static_assert(detail::require_sound<my_net>());
