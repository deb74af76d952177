// EXPECT: resize: the shape 1x3x32768x32768 has more than 1073741824 elements; use a smaller batch or input
// A tensor of 8 GiB.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | resize{{.scale = 1024, .mode = nearest, .coordinates = asymmetric}});
    }
};
static_assert(detail::require_sound<my_net>());
