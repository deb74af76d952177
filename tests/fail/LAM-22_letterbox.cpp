// EXPECT: letterbox: a picture of 1x16000 would become 0x64 inside of 64x64; both must be at least 1, use a larger size or stretch
// A line that would vanish.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", u8, {1, 1, 16000, 3});
        net.output("y", x | letterbox{{.size = {64, 64}}});
    }
};
static_assert(detail::require_sound<my_net>());
