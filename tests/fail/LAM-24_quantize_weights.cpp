// EXPECT: quantize_weights: no linear layer is called 'conv' so far; write it behind the layers
// Weights of convolutions have no groups.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const auto x = net.input("x", {1, 8, 4, 4}) | conv2d{"conv", {.out = 8}};
        net.output("y", x | flatten{} | linear{"fc", 4});
        net.quantize_weights("conv", {.bits = 8});
    }
};
static_assert(detail::require_sound<my_net>());
