// EXPECT: resize: an end of roi is not -1024 to 1024; 0 is the first row or column, 1 the last
// A cut given in pixels.
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
                    .coordinates = crop_and_resize,
                    .roi = {.bottom = 2000}}});
    }
};
static_assert(detail::require_sound<my_net>());
