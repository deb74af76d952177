// EXPECT: -fconstexpr-steps=500000000 -fconstexpr-depth=4096
// A network beyond clang's own limit of steps (the test sets a small one): the flag is named.
#include <lamina/define.hpp>
#include <lamina/plan.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        net.output("y", net.input("image", {1, 3, 8, 8}) | conv2d{"c", {.out = 8, .kernel = 3}});
    }
};
static_assert(plan<my_net>.steps > 0);
