// EXPECT: max_unpool: kernel 3, stride 2, pad 2 of 4 values; kernel and stride are 1 to 32768, pad at most half the kernel
// Padding that no pool has.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 8, 8});
        const auto [values, indices] = x | max_pool_with_indices{{.kernel = 2}};
        net.output("y", max_unpool(values, indices, {.kernel = 3, .stride = 2, .pad = 2}));
    }
};
static_assert(detail::require_sound<my_net>());
