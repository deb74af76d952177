// EXPECT: reshape: input 1x3x32x32 has 3072 elements, 1x3000 needs 3000; check the extents
// A shape with another number of elements.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y", x | reshape{{1, 3000}});
    }
};
static_assert(detail::require_sound<my_net>());
