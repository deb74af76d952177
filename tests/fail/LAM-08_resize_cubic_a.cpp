// EXPECT: resize: cubic_a is for mode bicubic; leave it out
// A coefficient of another filter.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y",
            x
                | resize{
                    {.scale = 2, .mode = bilinear, .coordinates = half_pixel, .cubic_a = -0.5f}});
    }
};
static_assert(detail::require_sound<my_net>());
