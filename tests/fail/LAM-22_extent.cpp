// EXPECT: input 'image': the shape 1x3x0x8 has extent 0 on axis 2; every extent is at least 1
// An image without rows.
#include <lamina/compile/show_problem.hpp>
#include <lamina/define.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 0, 8});
        net.output("y", x | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
