// EXPECT: stft: n_fft 0; use 1 to 16384
// A transform of nothing.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 100});
        net.output("y", x | stft{{}});
    }
};
static_assert(detail::require_sound<my_net>());
