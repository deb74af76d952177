// EXPECT: letterbox: input 1x30x40x3 is i32; pictures are u8 or f32, cast it
// Ints as a picture.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 30, 40, 3}, dtype::i32);
        net.output("y", x | letterbox{{.size = {64, 64}}});
    }
};
static_assert(detail::require_sound<my_net>());
