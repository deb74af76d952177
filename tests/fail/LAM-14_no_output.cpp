// EXPECT: network: has no output; write
// A network without a result.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        x | relu{};
    }
};
static_assert(detail::require_sound<my_net>());
