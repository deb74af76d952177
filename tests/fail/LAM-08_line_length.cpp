// EXPECT: adaptive_avg_pool1d: output length 0; it must be at least 1
// An output without elements.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 8});
        net.output("y", x | adaptive_avg_pool1d{0});
    }
};
static_assert(detail::require_sound<my_net>());
