// EXPECT: input 'mask': result 1x32 is never used
// An unused input.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.input("mask", {1, 32});
        net.output("y", x | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
