// EXPECT: resize: nearest needs a rounding with these coordinates; write .rounding = round_prefer_floor (ONNX's default), round_prefer_ceil, round_floor or round_ceil
// Nearest where frameworks disagree on what is nearest.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | resize{{.scale = 2, .mode = nearest, .coordinates = align_corners}});
    }
};
static_assert(detail::require_sound<my_net>());
