// EXPECT: conv_transpose2d 'up': output_padding 2x2 is not 0 to below stride 2x2 or dilation 1x1
// More output padding than the stride.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y",
            x | conv_transpose2d{"up", {.out = 8, .kernel = 2, .stride = 2, .output_padding = 2}});
    }
};
static_assert(detail::require_sound<my_net>());
