// EXPECT: quantize_weights: bits 3; weights have 4 or 8 bits
// GPTQ has 3 bits, too; no kernel reads them.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {1, 64}) | linear{"fc", 32});
        net.quantize_weights({.bits = 3});
    }
};
static_assert(detail::require_sound<my_net>());
