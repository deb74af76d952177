// EXPECT: constant: has the number 2147483648, outside the range of i32; write floats, or smaller numbers
// An index that int cannot hold.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 5, 3});
        net.output("y", x);
        net.output("z", net.constant({2147483648LL, 1LL}));
    }
};
static_assert(detail::require_sound<my_net>());
