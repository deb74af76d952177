// EXPECT: quantize_weights: group 0; groups are a multiple of 8 inputs, from 16 to 65536 (32, 64 and 128 are usual)
// A group of no inputs.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {1, 64}) | linear{"fc", 32});
        net.quantize_weights({.bits = 4, .group = 0});
    }
};
static_assert(detail::require_sound<my_net>());
