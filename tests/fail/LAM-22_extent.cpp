// EXPECT: input 'image': the shape 1x3x-1x8 has extent -1 on axis 2; every extent is at least 0
// An image without rows.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, -1, 8});
        net.output("y", x | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
