// EXPECT: LAM-02_plan_kernel.cpp:11: conv2d 'conv1': kernel 7x7 does not fit input 1x3x5x5
// A mistake that the plan of the network meets, on a target of its own.
#include <lamina/define.hpp>
#include <lamina/plan.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 5, 5});
        net.output("y", x | conv2d{"conv1", {.out = 8, .kernel = 7}} | relu{});
    }
};
constexpr auto& my_plan = plan<my_net, gpu, precision::fp16>;
