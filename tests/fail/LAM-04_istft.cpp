// EXPECT: istft: input 1x9x10x2 has 9 frequencies, n_fft 20 has 11; check n_fft and onesided
// A spectrum of another n_fft.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 9, 10, 2});
        net.output("y", x | istft{{.n_fft = 20}});
    }
};
static_assert(detail::require_sound<my_net>());
