// EXPECT: dequantize: is given f32 (input 'x', line 10); quantized numbers are i8, u8 or i32
// Floats, which have no scale.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const auto x = net.input("x", {2, 5, 3});
        net.output("y", dequantize(x, 0.5f));
    }
};
static_assert(detail::require_sound<my_net>());
