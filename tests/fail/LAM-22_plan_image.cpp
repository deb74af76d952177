// EXPECT: LAM-22_plan_image.cpp:11: conv2d 'conv1': its image 1x5x11600x11600 takes 2152960000 elements in blocks of 16 channels; the limit is 2147483647. Use smaller extents or split the layer
// A result of 2 GiB whose blocks of channels are mostly padding, so that an int cannot count them.
#include <lamina/define.hpp>
#include <lamina/plan.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 1, 11600, 11600});
        net.output("y", x | conv2d{"conv1", {.out = 5, .kernel = 3, .pad = 1}});
    }
};
constexpr auto& my_plan = plan<my_net, cpu>;
