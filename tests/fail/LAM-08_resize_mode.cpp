// EXPECT: resize: mode is not given; write .mode = nearest, bilinear or bicubic
// Resizing without saying how.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | resize{{.scale = 2, .coordinates = half_pixel}});
    }
};
static_assert(detail::require_sound<my_net>());
