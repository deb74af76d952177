// EXPECT: melscale_fbanks: n_freqs 201, n_mels 80, sample_rate 16000 with f_min 9000 and f_max 8000; use 2 to 16384, 1 to 1024 and 1 or more, and 0 <= f_min < f_max
// Filters above half of the sample rate.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {80, 201});
        net.output("y", x + matmul(x, melscale_fbanks(net, {.f_min = 9000})));
    }
};
static_assert(detail::require_sound<my_net>());
