// EXPECT: max_pool: pad 2,2,2,2 is more than half of kernel 3x3
// PyTorch's limit on the padding of pools.
#include <lamina/compile/show_problem.hpp>
#include <lamina/define.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | max_pool{{.kernel = 3, .stride = 2, .pad = 2}});
    }
};
static_assert(detail::require_sound<my_net>());
