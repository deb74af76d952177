// EXPECT: a network is a type with
// NOT: NETWORK_ERROR
// NOT: no member named
// NOT: is not a member
// What fits says of a type whose define is not static.
#include <lamina/define.hpp>
#include <lamina/planner/fits.hpp>

constexpr lamina::manifest_entry entries[] = {{"conv1.weight", lamina::dtype::f32, {8, 3, 1, 1}}};
constexpr lamina::manifest weights{"tiny.safetensors", "", entries};

struct my_net {
    constexpr void define(lamina::network& net) const { net.output("y", net.input("x", {1, 4})); }
};
static_assert(lamina::fits<my_net, weights>);
