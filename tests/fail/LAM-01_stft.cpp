// EXPECT: stft: input 1x2x100 has 3 axes; a signal has one, or a batch of them two; reshape before it
// Channels of sound without a reshape.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 2, 100});
        net.output("y", x | stft{{.n_fft = 16}});
    }
};
static_assert(detail::require_sound<my_net>());
