// EXPECT: LAM-04_producers.cpp:16: add: operands 1x8x8x8 (relu, line 14, after conv2d 'layer2.conv2') and
// EXPECT: 1x8x4x4 (conv2d 'layer2.shortcut', line 15) do not broadcast
// A helper that several blocks call: the names of the operands' layers say which.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

constexpr tensor block(tensor x, name at, int stride) {
    auto y = x | conv2d{at / "conv1", {.out = 8, .kernel = 3, .pad = 1}};
    y = y | conv2d{at / "conv2", {.out = 8, .kernel = 3, .pad = 1}}
    // the shortcut's stride is forgotten in the first
    ;
    y = y | relu{};
    x = x | conv2d{at / "shortcut", {.out = 8, .stride = stride}};
    return add(y, x);
}

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 8, 8});
        net.output("y", block(block(x, "layer1", 1), "layer2", 2));
    }
};
static_assert(detail::require_sound<my_net>());
