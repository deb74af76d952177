// EXPECT: stft: win_length 17; use 1 to n_fft (16)
// A window longer than a frame.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 100});
        net.output("y", x | stft{{.n_fft = 16, .win_length = 17}});
    }
};
static_assert(detail::require_sound<my_net>());
