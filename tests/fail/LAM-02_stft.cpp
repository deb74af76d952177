// EXPECT: stft: a frame of 16 samples does not fit input 1x10; use a smaller n_fft or center
// A frame longer than the signal.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 10});
        net.output("y", x | stft{{.n_fft = 16, .center = false}});
    }
};
static_assert(detail::require_sound<my_net>());
