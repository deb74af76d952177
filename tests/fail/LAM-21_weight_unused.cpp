// EXPECT: network: no layer asks for tensor 'conv1.bias' of tiny.safetensors; conv2d 'conv1' on line 24 does not read it
// EXPECT: (write .bias = true), or say that it is not run: fits<..., ignoring{"conv1.bias"}>
// NOT: nearest
// A bias that the network forgets: its own layer is named, not the bias of another.
#include <lamina/define.hpp>
#include <lamina/planner/fits.hpp>

using namespace lamina;

constexpr manifest_entry entries[] = {
    {"conv1.weight", dtype::f32, {8, 3, 1, 1}},
    {"bn1.weight", dtype::f32, {8}},
    {"bn1.bias", dtype::f32, {8}},
    {"bn1.running_mean", dtype::f32, {8}},
    {"bn1.running_var", dtype::f32, {8}},
    {"bn1.num_batches_tracked", dtype::f32, {}},
    {"conv1.bias", dtype::f32, {8}},
};
constexpr manifest weights{"tiny.safetensors", "", entries};

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 8, 8});
        net.output("y", x | conv2d{"conv1", {.out = 8}} | batch_norm{"bn1"});
    }
};
static_assert(fits<my_net, weights>);
