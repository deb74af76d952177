// EXPECT: max_pool: kernel 3x3 (dilated) does not fit input 1x3x4x4
// A dilated window that does not fit.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 4, 4});
        net.output("y", x | max_pool{{.kernel = 3, .dilation = 2}});
    }
};
static_assert(detail::require_sound<my_net>());
