// EXPECT: deform_conv2d 'c': input 1x18x6x6 holds i32 indices, f32 values are needed; feed indices to embedding, or cast them
// Offsets of whole numbers.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 4, 8, 8});
        const auto offsets = net.input("offsets", {1, 18, 6, 6}, dtype::i32);
        net.output("y", x | deform_conv2d{"c", offsets, {.out = 4, .kernel = 3}});
    }
};
static_assert(detail::require_sound<my_net>());
