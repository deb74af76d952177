// EXPECT: resize: roi and extrapolation are for .coordinates = crop_and_resize; leave them out
// A cut that would not be made.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y",
            x
                | resize{{.size = 8,
                    .mode = bilinear,
                    .coordinates = half_pixel,
                    .roi = {.top = 0.5f}}});
    }
};
static_assert(detail::require_sound<my_net>());
