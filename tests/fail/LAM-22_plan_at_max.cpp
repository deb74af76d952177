// EXPECT: LAM-22_plan_at_max.cpp:12: conv2d 'conv1': its image 1x5x11600x11600 takes 2152960000 elements in blocks of 16 channels; the limit is 2147483647. Use smaller extents or split the layer (at size 11600)
// A size that the network takes and its plan does not, at max only.
#include <lamina/define.hpp>
#include <lamina/plan.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const int size = net.dim("size", {.min = 8, .opt = 64, .max = 11600, .step = 8});
        auto x = net.input("image", {1, 1, size, size});
        net.output("y", x | conv2d{"conv1", {.out = 5, .kernel = 3, .pad = 1}});
    }
};
constexpr auto& my_plan = plan<my_net, cpu>;
