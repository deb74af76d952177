// EXPECT: conv_transpose3d 'c': output_padding 0x2x0 is not 0 to below stride 2x2x2 or dilation 1x1x1; use a smaller one
// Output padding as large as the stride.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 2, 4, 4});
        net.output("y",
            x
                | conv_transpose3d{
                    "c", {.out = 4, .kernel = 2, .stride = 2, .output_padding = {0, 2, 0}}});
    }
};
static_assert(detail::require_sound<my_net>());
