// EXPECT: gt: compares i32 with a number that this type does not hold; use one that it holds, or cast the tensor
// A fraction that no whole number has.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        const auto ids = net.input("ids", {1, 8}, dtype::i32);
        net.output("y", gt(ids, 0.5f));
    }
};
static_assert(detail::require_sound<my_net>());
