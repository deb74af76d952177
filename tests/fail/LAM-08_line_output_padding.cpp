// EXPECT: conv_transpose1d 'up': output_padding 2 is not 0 to below stride 2 or dilation 1; use a smaller one
// More output padding than a stride.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 8});
        net.output("y",
            x | conv_transpose1d{"up", {.out = 8, .kernel = 3, .stride = 2, .output_padding = 2}});
    }
};
static_assert(detail::require_sound<my_net>());
