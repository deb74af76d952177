// EXPECT: istft: hop_length 12, win_length 8, length 0 of 10 frames; use windows that overlap, a length of 0 or more and two frames or more
// Windows that leave samples out.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 9, 10, 2});
        net.output("y", x | istft{{.n_fft = 16, .hop_length = 12, .win_length = 8}});
    }
};
static_assert(detail::require_sound<my_net>());
