// EXPECT: a network is a type with
// The plan of a type whose define is not static.
#include <lamina/define.hpp>
#include <lamina/plan.hpp>

struct my_net {
    constexpr void define(lamina::network& net) const { net.output("y", net.input("x", {1, 4})); }
};
constexpr auto& my_plan = lamina::plan<my_net>;
