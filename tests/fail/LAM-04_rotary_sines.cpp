// EXPECT: rotary: cosines 5x4 and sines 5x3; both are rows x pairs, or batch x rows x pairs
// Tables of one's own that differ.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 3, 5, 8});
        auto cos = net.input("cos", {5, 4}), sin = net.input("sin", {5, 3});
        net.output("y", rotary(x, {cos, sin}));
    }
};
static_assert(detail::require_sound<my_net>());
