// EXPECT: resize: crop_and_resize needs .size = {h, w}, a scale does not say what of
// A cut by a factor.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | resize{{.scale = 2, .mode = bilinear, .coordinates = crop_and_resize}});
    }
};
static_assert(detail::require_sound<my_net>());
