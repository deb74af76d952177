// EXPECT: max_unpool3d: values 1x3x2x4x4 and indices 1x3x4x8x8 do not match; each value needs its index
// Indices of another pool.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 4, 8, 8});
        const auto [values, indices] = x | max_pool3d_with_indices{{.kernel = 2}};
        const auto wide = x | max_pool3d_with_indices{{.kernel = 1}};
        net.output("y", max_unpool3d(values, wide.indices, {4, 8, 8}));
    }
};
static_assert(detail::require_sound<my_net>());
