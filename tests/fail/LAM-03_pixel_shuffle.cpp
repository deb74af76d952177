// EXPECT: pixel_shuffle: factor 2 needs channels in multiples of 4, input 1x3x32x32 has 3
// Too few channels to make pixels of.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | pixel_shuffle{2});
    }
};
static_assert(detail::require_sound<my_net>());
