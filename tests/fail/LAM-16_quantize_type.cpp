// EXPECT: quantize: is to i32; quantized numbers are i8 or u8
// Whole numbers of other sizes.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const auto x = net.input("x", {2, 5, 3});
        net.output("y", quantize(x, 0.5f, 0, dtype::i32));
    }
};
static_assert(detail::require_sound<my_net>());
