// EXPECT: attention: length 1 is f32, i32 is needed; declare the input with dtype::i32
// A length of floats.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto q = net.input("q", {2, 6, 5, 8});
        auto k = net.input("k", {2, 6, 9, 8});
        net.output("y", attention(q, k, k, {.length = net.input("length", {1})}));
    }
};
static_assert(detail::require_sound<my_net>());
