// EXPECT: scatter: has the mean of i32 values, f32 is needed; cast input 4x3 and updates 1x3 before
// The mean of whole numbers.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {4, 3}, dtype::i32);
        auto y = net.input("y", {1, 3}, dtype::i32);
        net.output("z", scatter(x, net.constant({2}), y, {.reduce = combine_kind::mean}));
    }
};
static_assert(detail::require_sound<my_net>());
