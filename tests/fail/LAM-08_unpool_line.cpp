// EXPECT: max_unpool1d: size 0; it must be at least 1
// A sequence of no length.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 8});
        const auto [values, indices] = x | max_pool1d_with_indices{{.kernel = 2}};
        net.output("y", max_unpool1d(values, indices, 0));
    }
};
static_assert(detail::require_sound<my_net>());
