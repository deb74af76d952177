// EXPECT: stft: window 20 does not have 16 elements; give it the length of win_length (n_fft by default)
// A window of another length.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 100});
        net.output("y", x | stft{{.n_fft = 16, .window = hann_window(net, 20)}});
    }
};
static_assert(detail::require_sound<my_net>());
