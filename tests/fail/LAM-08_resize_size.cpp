// EXPECT: resize: neither size nor scale is given
// Resizing without saying to what.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | resize{{.mode = nearest, .coordinates = asymmetric}});
    }
};
static_assert(detail::require_sound<my_net>());
