// EXPECT: LAM-03_plan_groups.cpp:11: conv2d 'conv1': groups 2 do not divide input channels 3 and output channels 8; check groups and out
// The plan of a wrong network is one error in the words of networks, also where its facts are used.
#include <lamina/define.hpp>
#include <lamina/plan.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | conv2d{"conv1", {.out = 8, .kernel = 3, .groups = 2}});
    }
};
constexpr auto& my_plan = plan<my_net>;
static_assert(my_plan.steps <= 1);
static_assert(my_plan.count("pool") == 0 && !my_plan.fuses("conv1", "conv2d"));
