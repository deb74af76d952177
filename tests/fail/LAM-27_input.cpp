// EXPECT: input 'mask': is missing at batch 1 and is declared at batch 8; declare the same inputs and states in the same order at every shape
// An input that only some shapes have.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 8, .step = 7});
        auto x = net.input("x", {batch, 4});
        if (batch > 1) x = x * net.input("mask", {batch, 4});
        net.output("y", x | relu{});
    }
};
static_assert(detail::require_sound<my_net>());
