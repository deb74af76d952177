// EXPECT: output 'more': is missing at batch 1 and is declared at batch 8; declare the same outputs in the same order at every shape
// An output that only some shapes have.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 8, .step = 7});
        auto x = net.input("x", {batch, 4}) | relu{};
        net.output("y", x);
        if (batch > 1) net.output("more", x);
    }
};
static_assert(detail::require_sound<my_net>());
