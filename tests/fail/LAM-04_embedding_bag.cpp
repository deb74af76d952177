// EXPECT: embedding_bag 'bag': per_sample_weights 3x5 for indices 3x5; they have one shape, and mode is sum
// Weights of a mean.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {3, 5}, dtype::i32);
        net.output("y",
            x
                | embedding_bag{
                    "bag", {.rows = 11, .width = 4, .per_sample_weights = net.input("w", {3, 5})}});
    }
};
static_assert(detail::require_sound<my_net>());
