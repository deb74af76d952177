// EXPECT: max_pool: input 2x3x0x8 has images without elements; only the batch may be 0
// Images without rows.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {2, 3, 0, 8});
        net.output("y", x | max_pool{{.kernel = 2}});
    }
};
static_assert(detail::require_sound<my_net>());
