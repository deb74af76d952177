// EXPECT: istft: input 1x9x10 is no spectrum [F, frames, 2] or a batch of them; reshape before it
// A spectrum without imaginary parts.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 9, 10});
        net.output("y", x | istft{{.n_fft = 16}});
    }
};
static_assert(detail::require_sound<my_net>());
