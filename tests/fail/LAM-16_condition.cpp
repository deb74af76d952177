// EXPECT: where: the condition 1x8 is f32, boolean is needed; compare it (ne(x, 0)), or cast it to boolean
// A condition of floats.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const auto x = net.input("x", {1, 8});
        net.output("y", where(x, x, -x));
    }
};
static_assert(detail::require_sound<my_net>());
