// EXPECT: amplitude_to_db: amin must be above 0 and top_db 0 (none) or above; torchaudio uses 1e-10 and 80
// The logarithm of 0.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 100});
        net.output("y", x | amplitude_to_db{{.amin = 0}});
    }
};
static_assert(detail::require_sound<my_net>());
