// EXPECT: has no tensor 'conv1.bias'; it has 'conv1.weight' without a bias; write .bias = false, or remove .bias = true
// NOT: nearest is
// The layer has a bias that the model lacks.
#include <lamina/define.hpp>
#include <lamina/planner/fits.hpp>

using namespace lamina;

constexpr manifest_entry entries[] = {
    {"conv1.weight", dtype::f32, {8, 3, 1, 1}},
    {"conv2.bias", dtype::f32, {8}},
};
constexpr manifest weights{"tiny.safetensors", "", entries};

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 8, 8});
        net.output("y", x | conv2d{"conv1", {.out = 8, .bias = true}});
    }
};
static_assert(fits<my_net, weights>);
