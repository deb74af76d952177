// EXPECT: conv2d 'conv1': 'conv1.weight' is 8x3x3x3 in tiny.safetensors, the layer needs 8x3x1x1; check the sizes in its options
// A kernel of another size.
#include <lamina/define.hpp>
#include <lamina/planner/fits.hpp>

using namespace lamina;

constexpr manifest_entry entries[] = {
    {"conv1.weight", dtype::f32, {8, 3, 3, 3}},
    {"bn1.weight", dtype::f32, {8}},
    {"bn1.bias", dtype::f32, {8}},
    {"bn1.running_mean", dtype::f32, {8}},
    {"bn1.running_var", dtype::f32, {8}},
    {"bn1.num_batches_tracked", dtype::f32, {}},
};
constexpr manifest weights{"tiny.safetensors", "", entries};

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 8, 8});
        net.output("y", x | conv2d{"conv1", {.out = 8}} | batch_norm{"bn1"});
    }
};
static_assert(fits<my_net, weights>);
