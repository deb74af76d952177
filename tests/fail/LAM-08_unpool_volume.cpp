// EXPECT: max_unpool3d: size 4x0x8; each must be at least 1
// A volume without rows.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 4, 8, 8});
        const auto [values, indices] = x | max_pool3d_with_indices{{.kernel = 2}};
        net.output("y", max_unpool3d(values, indices, {4, 0, 8}));
    }
};
static_assert(detail::require_sound<my_net>());
