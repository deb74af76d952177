// EXPECT: dequantize: operands 2x5x3 (cast, line 12, after input 'x') and 1 (cast, line 13) are i8 and u8; cast one to the other's type
// A zero point of another type.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const auto x = net.input("x", {2, 5, 3});
        net.output("y",
            dequantize(quantize(x, 0.5f), net.constant({1.f}, {1}),
                cast(net.constant({1}, {1}), dtype::u8)));
    }
};
static_assert(detail::require_sound<my_net>());
