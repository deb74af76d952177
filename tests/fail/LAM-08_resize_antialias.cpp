// EXPECT: resize: antialias and exclude_outside are for bilinear and bicubic, nearest takes one input; leave them out
// Antialias of one input.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y",
            x
                | resize{
                    {.scale = 0.5, .mode = nearest, .coordinates = half_pixel, .antialias = true}});
    }
};
static_assert(detail::require_sound<my_net>());
