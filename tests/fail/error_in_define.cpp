// EXPECT: Where another error is inside of define, correct that one first: its line is missing
// EXPECT: correct that one first
// A line that is no C++: what is said about the rest of the network says so.
#include <lamina/define.hpp>
#include <lamina/plan.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 8, 8});
        net.output("y", x | relu{} | layer_that_does_not_exist{});
    }
};
static_assert(plan<my_net>.steps > 0);
