// EXPECT: resize: rounding is for mode nearest, bilinear and bicubic mix their inputs; leave it out
// A rounding that nothing would round with.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y",
            x
                | resize{{.scale = 2,
                    .mode = bilinear,
                    .coordinates = half_pixel,
                    .rounding = round_floor}});
    }
};
static_assert(detail::require_sound<my_net>());
