// EXPECT: div: divides by 0; use another number
// A scalar divisor of 0.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x / 0.f);
    }
};
static_assert(detail::require_sound<my_net>());
