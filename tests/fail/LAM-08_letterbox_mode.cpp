// EXPECT: letterbox: mode is neither nearest nor bilinear; write one of them, or resize{} behind normalize_picture
// Bicubic bytes.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", u8, {1, 30, 40, 3});
        net.output("y", x | letterbox{{.size = {64, 64}, .mode = bicubic}});
    }
};
static_assert(detail::require_sound<my_net>());
